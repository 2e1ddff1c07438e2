import Histogram
import LoadClient
import Synchronization

/// The measurements of a run; safe to use from any task.
final class RunMeasurements: Sendable {
  struct Values: Sendable {
    var steps: [Step: StepValues] = [:]
    /// Microseconds from a change's commit to its arrival on a tracking stream that was open at the commit.
    var push = RunMeasurements.newHistogram()
    /// Microseconds from the response to a review until the listing shows it.
    var rating = RunMeasurements.newHistogram()
    var runs: [Scenario: [String: Int]] = [:]
    var started = 0
    var asExpected = 0
    /// Of those, the runs that ended before the last arrival.
    var asExpectedInTime = 0
    /// Order runs that ended otherwise or not at all, with their order's id.
    var unexpected = IssueList()
    /// Riders' requests that failed for other reasons than 503 with Retry-After.
    var failures = IssueList()
    /// Versions that decreased, duplicate or missing changes on streams, repeated requests with different responses.
    var violations = IssueList()
    /// Tracking streams that ended early and were resumed.
    var resumed = 0
    var series = LoadSeries()
  }

  struct StepValues: Sendable {
    /// Microseconds from the intended start to the last byte of the response.
    var latency = RunMeasurements.newHistogram()
    /// Unexpected responses by code, including those that were retried.
    var errors: [String: Int] = [:]
  }

  /// The start of the run, from which the seconds of the series count.
  private let start: ContinuousClock.Instant
  private let state = Mutex(Values())

  init(start: ContinuousClock.Instant = .now) {
    self.start = start
  }

  private var second: Int { Int(start.duration(to: .now).inSeconds) }

  var values: Values {
    state.withLock { $0 }
  }

  func record(_ step: Step, _ latency: Duration) {
    let microseconds = latency.inWholeMicroseconds
    state.withLock { [second] values in
      _ = values.steps[step, default: StepValues()].latency.record(microseconds)
      if step == .place { values.series.placed(after: microseconds, in: second) }
    }
  }

  func refused(_ step: Step, _ code: String) {
    state.withLock { $0.steps[step, default: StepValues()].errors[code, default: 0] += 1 }
  }

  func pushed(afterMicroseconds delay: Int64) {
    let microseconds = UInt64(max(0, delay))
    state.withLock { [second] values in
      _ = values.push.record(microseconds)
      values.series.pushed(after: microseconds, in: second)
    }
  }

  func ratingShown(after delay: Duration) {
    state.withLock { _ = $0.rating.record(delay.inWholeMicroseconds) }
  }

  func runStarted() {
    state.withLock { $0.started += 1 }
  }

  func runEnded(_ scenario: Scenario, _ outcome: String, inTime: Bool) {
    state.withLock { [second] values in
      values.runs[scenario, default: [:]][outcome, default: 0] += 1
      values.series.runEnded(asExpected: true, in: second)
      values.asExpected += 1
      if inTime { values.asExpectedInTime += 1 }
    }
  }

  func runFailed(_ scenario: Scenario, _ outcome: String, _ note: String) {
    state.withLock { [second] values in
      values.runs[scenario, default: [:]][outcome, default: 0] += 1
      values.series.runEnded(asExpected: false, in: second)
      values.unexpected.add(note)
    }
  }

  func failed(_ note: String) {
    state.withLock { $0.failures.add(note) }
  }

  func violated(_ note: String) {
    state.withLock { $0.violations.add(note) }
  }

  func resumed() {
    state.withLock { $0.resumed += 1 }
  }

  static func newHistogram() -> Histogram<UInt64> {
    Histogram<UInt64>(numberOfSignificantValueDigits: .three)
  }
}

/// A count of issues, and the first of them.
struct IssueList: Sendable {
  private(set) var count = 0
  private(set) var first: [String] = []
  private static let limit = 100

  mutating func add(_ note: String) {
    count += 1
    if first.count < Self.limit { first.append(note) }
  }
}

extension Duration {
  fileprivate var inWholeMicroseconds: UInt64 {
    UInt64(max(0, inMilliseconds * 1000))
  }
}
