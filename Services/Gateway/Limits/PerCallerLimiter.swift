import Synchronization

/// Bounds the limits that each caller may hold at once, so that nobody holds them all. Safe to use from any thread.
final class PerCallerLimiter: Sendable {
  private let limit: Int
  private let held = Mutex<[String: Int]>([:])

  init(limit: Int) {
    self.limit = limit
  }

  /// How many callers hold any.
  var count: Int { held.withLock { $0.count } }

  /// - Returns: `nil` when the caller holds as many limits as anybody may.
  func enter(_ caller: String) -> Share? {
    let isTaken = held.withLock { held in
      let count = held[caller] ?? 0
      guard count < limit else { return false }
      held[caller] = count + 1
      return true
    }
    return isTaken ? Share(of: caller, in: self) : nil
  }

  private func leave(_ caller: String) {
    held.withLock { held in
      let count = held[caller] ?? 0
      held[caller] = count > 1 ? count - 1 : nil
    }
  }

  /// One place of a caller; given back when it is released, or explicitly before.
  final class Share: Sendable {
    private let caller: String
    private let perCaller: PerCallerLimiter
    private let isHeld = Atomic<Bool>(true)

    fileprivate init(of caller: String, in perCaller: PerCallerLimiter) {
      self.caller = caller
      self.perCaller = perCaller
    }

    func leave() {
      guard isHeld.exchange(false, ordering: .relaxed) else { return }
      perCaller.leave(caller)
    }

    deinit { leave() }
  }
}
