import Contracts
import Synchronization

/// Tokens that were found good, so that whoever comes again with one costs a look-up and no signature check.
///
/// At most `limit` of them: two generations, of which the older is dropped as a whole when the younger has half of that; a token that is used
/// moves to the younger. Whole tokens are compared, never parts. May be used from any thread; nothing is held for longer than a look-up.
final class VerifiedTokens: Sendable {
  struct Entry: Sendable {
    let principal: Principal
    /// Milliseconds since 1970 from which the token is worth nothing.
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

  /// The principal of a token that is known to be good at `now`.
  /// - Parameter withdrawals: see ``KeySet/withdrawals``; when it has grown, everything is forgotten.
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

  /// - Parameter withdrawals: as it was before the token's key was looked up: if a key was taken back meanwhile, nothing is kept.
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
