import Contracts
import Synchronization

/// A cache of verified tokens, so that a repeated token costs a look-up and no signature check.
///
/// It holds at most `limit` tokens in two generations: the older one is dropped as a whole when the younger one holds half of the
/// limit; a token that is used moves to the younger one. Whole tokens are compared. May be used from any thread; the lock is held
/// for a look-up.
final class VerifiedTokens: Sendable {
  struct Entry: Sendable {
    let principal: Principal
    /// Milliseconds since 1970 at which the token expires.
    let end: Int64
  }

  private struct State {
    var young: [String: Entry] = [:]
    var old: [String: Entry] = [:]
    var withdrawals = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) {
    self.limit = limit
  }

  var count: Int { state.withLock { $0.young.count + $0.old.count } }

  /// The principal of a cached token that is valid at `now`.
  /// - Parameter withdrawals: see ``KeySet/withdrawals``; when it has grown, the cache is cleared.
  func principal(of token: String, at now: Timestamp, withdrawals: Int) -> Principal? {
    state.withLock { state in
      if state.withdrawals != withdrawals { state = State(withdrawals: withdrawals) }
      if let entry = state.young[token] {
        if entry.end > now.milliseconds { return entry.principal }
        state.young[token] = nil
        return nil
      }
      guard let entry = state.old.removeValue(forKey: token), entry.end > now.milliseconds else { return nil }
      insert(token, entry, &state)
      return entry.principal
    }
  }

  /// - Parameter withdrawals: read before the token's key was looked up: if a key was withdrawn meanwhile, nothing is cached.
  func keep(_ token: String, _ entry: Entry, withdrawals: Int) {
    state.withLock { state in
      if state.withdrawals == withdrawals { insert(token, entry, &state) }
    }
  }

  private func insert(_ token: String, _ entry: Entry, _ state: inout State) {
    guard limit > 0 else { return }
    if state.young.count >= max(1, limit / 2) {
      state.old = state.young
      state.young = [:]
    }
    state.young[token] = entry
  }
}
