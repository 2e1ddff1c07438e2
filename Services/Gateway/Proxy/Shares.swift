import Synchronization

/// Bounds the places that each visitor may hold at once, so that nobody holds them all. Safe to use from any thread.
final class Shares: Sendable {
  private let limit: Int
  private let held = Mutex<[String: Int]>([:])

  init(limit: Int) {
    self.limit = limit
  }

  /// How many visitors hold any.
  var count: Int { held.withLock { $0.count } }

  /// - Returns: `nil` when the visitor holds as many places as anybody may.
  func enter(_ visitor: String) -> Share? {
    let isTaken = held.withLock { held in
      let count = held[visitor] ?? 0
      guard count < limit else { return false }
      held[visitor] = count + 1
      return true
    }
    return isTaken ? Share(of: visitor, in: self) : nil
  }

  private func leave(_ visitor: String) {
    held.withLock { held in
      let count = held[visitor] ?? 0
      held[visitor] = count > 1 ? count - 1 : nil
    }
  }

  /// One place of a visitor; given back when it is released, or explicitly before.
  final class Share: Sendable {
    private let visitor: String
    private let shares: Shares
    private let isHeld = Atomic<Bool>(true)

    fileprivate init(of visitor: String, in shares: Shares) {
      self.visitor = visitor
      self.shares = shares
    }

    func leave() {
      guard isHeld.exchange(false, ordering: .relaxed) else { return }
      shares.leave(visitor)
    }

    deinit { leave() }
  }
}
