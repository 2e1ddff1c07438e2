import Callbacks
import Contracts

/// Brings shops in the copy to the state that the shop service shows now; events and reconciliation both end here.
struct ShopCopying: Sendable {
  /// What became of one shop.
  enum Outcome: Sendable, Equatable {
    /// The copy holds this version, or a later one.
    case holds(version: Int64)
    case unknown
    case unreadable(reason: String)
  }

  let source: CallbackSource<Shop>
  let copy: PostgresShopCopy

  /// Fetches and writes shops.
  ///
  /// - Throws: `ServiceClientError` or `PostgresError`; some of the shops may have been written.
  func bringUpToDate(_ ids: [Identifier]) async throws -> [Identifier: Outcome] {
    let answers = try await source.answers(for: ids)
    var states: [PostgresShopCopy.State] = []
    var outcomes: [Identifier: Outcome] = [:]
    for id in ids {
      switch answers[id] {
      case .item(let shop):
        states.append(.live(shop))
        outcomes[id] = .holds(version: shop.version)
      case .deleted(let tombstone):
        states.append(.gone(tombstone))
        outcomes[id] = .holds(version: tombstone.version)
      case .unreadable(let reason):
        outcomes[id] = .unreadable(reason: reason)
      case .unknown, nil:
        outcomes[id] = .unknown
      }
    }
    try await copy.write(states)
    return outcomes
  }
}
