import Contracts
import Histogram
import LoadClient

/// The outcome of a run.
struct Report: Sendable {
  let values: Measurements.Values
  let profile: LoadProfile
  /// From the first arrival's earliest moment to the end of the last life.
  let seconds: Double
  /// How many processors the simulator itself kept busy on average.
  let processors: Double

  init(_ values: Measurements.Values, profile: LoadProfile, seconds: Double, processors: Double) {
    self.values = values
    self.profile = profile
    self.seconds = seconds
    self.processors = processors
  }

  /// Lives that ended as expected in a second, while lives arrived; what the last ones did after that is not counted.
  var goodput: Double {
    Double(values.asExpectedInTime) / min(profile.duration, max(seconds, 0.001))
  }

  var push: Delays { Delays(values.push) }
  var rating: Delays { Delays(values.rating) }

  /// Steps that were done, in the order of a life.
  var steps: [(step: Step, delays: Delays, errors: [String: Int])] {
    Step.allCases.compactMap { step in
      values.steps[step].map { (step, Delays($0.latency), $0.errors) }
    }
  }

  /// Why the run has failed; empty if it hasn't.
  ///
  /// Freshness is promised under any single fault, but not while the very service that shows a change is away: when outages are
  /// tolerated it is only reported. But then orders may expire, and if all did, nothing would have been shown to work.
  var faults: [String] {
    var faults: [String] = []
    if profile.toleratesOutages {
      if !deliversAny { faults.append("no order was delivered") }
    } else {
      for (name, delays) in [("push", push), ("rating", rating)] where delays.p99 > Self.promised {
        faults.append("\(name) freshness: p99 is \(delays.p99.text(decimals: 0)) ms, promised are 3 s")
      }
    }
    if values.started == 0 { faults.append("no life began") }
    if values.unexpected.count > 0 { faults.append("\(values.unexpected.count.grouped) lives ended otherwise than expected") }
    if values.failures.count > 0 { faults.append("\(values.failures.count.grouped) requests of riders failed") }
    if values.violations.count > 0 { faults.append("\(values.violations.count.grouped) broken promises") }
    return faults
  }

  /// Whether an order was delivered, if there was one from which only outages keep that.
  private var deliversAny: Bool {
    let runs = values.runs.filter { $0.key.ends == [.delivered] }
    return runs.isEmpty || runs.values.contains { $0[OrderStatus.delivered.rawValue] != nil }
  }

  /// Milliseconds.
  private static let promised = 3000.0
}

/// Quantiles in milliseconds.
struct Delays: Hashable, Sendable {
  let count: Int
  let p50: Double
  let p90: Double
  let p99: Double
  let max: Double

  /// - Parameter histogram: of microseconds.
  init(_ histogram: Histogram<UInt64>) {
    func milliseconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1000 }
    count = Int(histogram.totalCount)
    p50 = milliseconds(histogram.valueAtPercentile(50))
    p90 = milliseconds(histogram.valueAtPercentile(90))
    p99 = milliseconds(histogram.valueAtPercentile(99))
    max = milliseconds(count == 0 ? 0 : histogram.max)
  }
}
