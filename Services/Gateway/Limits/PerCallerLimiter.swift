import Synchronization

/// Bounds the permits that each caller may hold at once. Safe to use from any thread.
final class PerCallerLimiter: Sendable {
  private let limit: Int
  private let held = Mutex<[CallerKey: Int]>([:])

  init(limit: Int) {
    self.limit = limit
  }

  /// The number of callers with a permit.
  var count: Int { held.withLock { $0.count } }

  /// - Returns: `nil` if the caller holds as many permits as the limit allows.
  func acquire(for caller: CallerKey) -> Permit? {
    let isAcquired = held.withLock { held in
      let count = held[caller] ?? 0
      guard count < limit else { return false }
      held[caller] = count + 1
      return true
    }
    return isAcquired ? Permit(of: caller, limiter: self) : nil
  }

  private func release(_ caller: CallerKey) {
    held.withLock { held in
      let count = held[caller] ?? 0
      held[caller] = count > 1 ? count - 1 : nil
    }
  }

  /// Released explicitly or when it is deallocated.
  final class Permit: Sendable {
    private let caller: CallerKey
    private let limiter: PerCallerLimiter
    private let isHeld = Atomic<Bool>(true)

    fileprivate init(of caller: CallerKey, limiter: PerCallerLimiter) {
      self.caller = caller
      self.limiter = limiter
    }

    func release() {
      guard isHeld.exchange(false, ordering: .relaxed) else { return }
      limiter.release(caller)
    }

    deinit { release() }
  }
}
