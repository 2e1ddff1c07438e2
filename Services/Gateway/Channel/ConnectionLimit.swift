import Synchronization

/// Bounds the number of client connections. Safe to use from any thread.
final class ConnectionLimit: Sendable {
  let limit: Int
  private let open = Atomic<Int>(0)

  init(limit: Int) {
    self.limit = limit
  }

  var count: Int { open.load(ordering: .relaxed) }

  /// - Returns: whether the connection is within the limit; if so, the caller must call ``release()`` once.
  func acquire() -> Bool {
    guard open.add(1, ordering: .relaxed).newValue <= limit else {
      release()
      return false
    }
    return true
  }

  func release() {
    open.subtract(1, ordering: .relaxed)
  }
}
