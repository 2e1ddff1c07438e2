import Contracts
import Histogram
import LoadClient

/// The outcome of a run.
struct LoadReport: Sendable {
  let header: ReportHeader
  let values: RunMeasurements.Values
  let profile: LoadProfile
  /// From the start of the run to the end of the last order run.
  let seconds: Double
  /// The simulator's own average processor use.
  let processors: Double
  /// What was stopped on purpose during the run.
  var injected: [InjectedFault] = []

  init(
    _ header: ReportHeader, _ values: RunMeasurements.Values, profile: LoadProfile, seconds: Double, processors: Double
  ) {
    self.header = header
    self.values = values
    self.profile = profile
    self.seconds = seconds
    self.processors = processors
  }

  /// Order runs per second that ended as expected before the last arrival.
  var goodput: Double {
    Double(values.asExpectedInTime) / min(profile.duration, max(seconds, 0.001))
  }

  var push: LatencyQuantiles { LatencyQuantiles(values.push) }
  var rating: LatencyQuantiles { LatencyQuantiles(values.rating) }

  /// The steps that occurred, in the order of an order run.
  var steps: [(step: Step, delays: LatencyQuantiles, errors: [String: Int])] {
    Step.allCases.compactMap { step in
      values.steps[step].map { (step, LatencyQuantiles($0.latency), $0.errors) }
    }
  }

  /// The reasons why the run failed; empty if it passed.
  ///
  /// The freshness target does not hold while the service that shows a change is unavailable: under tolerated outages freshness is only
  /// reported. Orders may then expire, so at least one delivered order is required.
  var faults: [String] {
    var faults: [String] = []
    if profile.toleratesOutages {
      if !deliversAny { faults.append("no order was delivered") }
    } else {
      for (name, delays) in [("push", push), ("rating", rating)] where delays.p99 > Self.freshnessTarget {
        faults.append("\(name) freshness: p99 is \(delays.p99.text(decimals: 0)) ms, the target is 3 s")
      }
    }
    if values.started == 0 { faults.append("no order run started") }
    if values.unexpected.count > 0 { faults.append("\(values.unexpected.count.grouped) order runs had an unexpected outcome") }
    if values.failures.count > 0 { faults.append("\(values.failures.count.grouped) riders' requests failed") }
    if values.violations.count > 0 { faults.append("\(values.violations.count.grouped) consistency violations") }
    return faults
  }

  /// Whether an order was delivered, if any run's scenario ends in delivery.
  private var deliversAny: Bool {
    let runs = values.runs.filter { $0.key.ends == [.delivered] }
    return runs.isEmpty || runs.values.contains { $0[OrderStatus.delivered.rawValue] != nil }
  }

  /// Milliseconds.
  private static let freshnessTarget = 3000.0
}

/// Latency quantiles in milliseconds.
struct LatencyQuantiles: Hashable, Sendable {
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
