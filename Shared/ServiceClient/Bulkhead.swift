import Synchronization

/// A bound on the calls that are under way, so that one slow peer can't take all memory and all connections.
final class Bulkhead: Sendable {
  private let inFlight = Mutex(0)

  /// Takes a place, if fewer than `limit` are taken; whoever got one gives it back.
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
