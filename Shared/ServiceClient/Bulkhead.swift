import Synchronization

/// A limit on concurrent calls, so that one slow peer can't use up memory and connections.
final class Bulkhead: Sendable {
  private let inFlight = Mutex(0)

  /// Takes a slot, if fewer than `limit` are taken; every caller that got one must call ``leave()``.
  func enter(limit: Int) -> Bool {
    inFlight.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  func leave() {
    inFlight.withLock { $0 -= 1 }
  }
}
