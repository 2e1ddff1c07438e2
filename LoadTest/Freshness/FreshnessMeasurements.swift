import Histogram
import LoadClient
import Synchronization

/// The measurements of a run; safe to use from any task.
final class FreshnessMeasurements: Sendable {
  struct Values: Sendable {
    /// Microseconds from the response to a change until the listing shows it.
    var fromResponse = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    /// Microseconds from a change's intended start until the listing shows it.
    var fromStart = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    /// Changes that failed, had no response, or were not shown in time.
    var errors = 0
    var firstError: String?
  }

  private let state = Mutex(Values())

  var values: Values {
    state.withLock { $0 }
  }

  func record(fromResponse: Duration, fromStart: Duration) {
    state.withLock { values in
      values.fromResponse.record(fromResponse.inWholeMicroseconds)
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
