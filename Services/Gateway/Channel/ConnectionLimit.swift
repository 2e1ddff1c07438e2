import Synchronization

/// Counts the clients' connections, and bounds them.
final class ConnectionLimit: Sendable {
  let limit: Int
  private let open = Atomic<Int>(0)

  init(limit: Int) {
    self.limit = limit
  }

  var count: Int { open.load(ordering: .relaxed) }

  /// Takes a place, if there is one; whoever got one gives it back.
  func enter() -> Bool {
    guard open.add(1, ordering: .relaxed).newValue <= limit else {
      leave()
      return false
    }
    return true
  }

  func leave() {
    open.subtract(1, ordering: .relaxed)
  }
}
