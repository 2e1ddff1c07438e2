import Histogram
import LoadClient
import Synchronization

/// What has been seen of a run so far; any task may add to it.
final class Measurements: Sendable {
  struct Values: Sendable {
    var steps: [Step: StepValues] = [:]
    /// Microseconds from the commit of a change to its arrival on a tracking stream that was open by then.
    var push = Measurements.newHistogram()
    /// Microseconds from the answer to a review to the listing's showing it.
    var rating = Measurements.newHistogram()
    var runs: [Scenario: [String: Int]] = [:]
    var started = 0
    var asExpected = 0
    /// How many of those ended while lives still arrived.
    var asExpectedInTime = 0
    /// Lives that ended otherwise, or not at all; each with its order's id.
    var unexpected = Notes()
    /// Requests of riders that failed beyond what 503 with Retry-After explains.
    var failures = Notes()
    /// Versions that fell, changes pushed twice or never, repeated requests with two answers.
    var violations = Notes()
    /// Tracking streams that ended before their order and were resumed.
    var resumed = 0
  }

  struct StepValues: Sendable {
    /// Microseconds from the intended start to the last byte of the answer.
    var latency = Measurements.newHistogram()
    /// Answers that weren't the one wanted, by their code; those that were tried again are among them.
    var errors: [String: Int] = [:]
  }

  private let state = Mutex(Values())

  var values: Values {
    state.withLock { $0 }
  }

  func record(_ step: Step, _ latency: Duration) {
    state.withLock { _ = $0.steps[step, default: StepValues()].latency.record(latency.inWholeMicroseconds) }
  }

  func refused(_ step: Step, _ code: String) {
    state.withLock { $0.steps[step, default: StepValues()].errors[code, default: 0] += 1 }
  }

  func pushed(afterMicroseconds delay: Int64) {
    state.withLock { _ = $0.push.record(UInt64(max(0, delay))) }
  }

  func ratingShown(after delay: Duration) {
    state.withLock { _ = $0.rating.record(delay.inWholeMicroseconds) }
  }

  func lifeStarted() {
    state.withLock { $0.started += 1 }
  }

  func runEnded(_ scenario: Scenario, _ outcome: String, inTime: Bool) {
    state.withLock { values in
      values.runs[scenario, default: [:]][outcome, default: 0] += 1
      values.asExpected += 1
      if inTime { values.asExpectedInTime += 1 }
    }
  }

  func runFailed(_ scenario: Scenario, _ outcome: String, _ note: String) {
    state.withLock { values in
      values.runs[scenario, default: [:]][outcome, default: 0] += 1
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

  fileprivate static func newHistogram() -> Histogram<UInt64> {
    Histogram<UInt64>(numberOfSignificantValueDigits: .three)
  }
}

/// How often something happened, and what it was the first times.
struct Notes: Sendable {
  private(set) var count = 0
  private(set) var first: [String] = []
  private static let kept = 100

  mutating func add(_ note: String) {
    count += 1
    if first.count < Self.kept { first.append(note) }
  }
}

extension Duration {
  fileprivate var inWholeMicroseconds: UInt64 {
    UInt64(max(0, inMilliseconds * 1000))
  }
}
