import Histogram
import LoadClient
import Synchronization

/// What the probes of a run have seen so far; any task may add to it.
final class Measurements: Sendable {
  struct Values: Sendable {
    /// Microseconds from the answer of a change to its appearance.
    var fromAnswer = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    /// Microseconds from a change's intended start to its appearance.
    var fromStart = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    /// Changes that were refused, not answered, or never shown.
    var errors = 0
    var firstError: String?
  }

  private let state = Mutex(Values())

  var values: Values {
    state.withLock { $0 }
  }

  func record(fromAnswer: Duration, fromStart: Duration) {
    state.withLock { values in
      values.fromAnswer.record(fromAnswer.inWholeMicroseconds)
      values.fromStart.record(fromStart.inWholeMicroseconds)
    }
  }

  func failed(_ reason: String) {
    state.withLock { values in
      values.errors += 1
      values.firstError = values.firstError ?? reason
    }
  }
}

extension Duration {
  fileprivate var inWholeMicroseconds: UInt64 {
    UInt64(max(0, inMilliseconds * 1000))
  }
}
