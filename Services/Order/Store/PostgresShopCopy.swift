import Callbacks
import Contracts
import Events
import Postgres

/// This service's copy of the shops and their menus; every write is a compare-and-set on the shop's version.
struct PostgresShopCopy: Sendable {
  /// Shops that are written at the same time.
  private static let inFlight = 16

  /// A shop as its owner shows it now, or what stays of a deleted one.
  enum State: Sendable {
    case live(Shop)
    case gone(Tombstone)
  }

  let postgres: PostgresClient
  /// Who copies: the instance.
  let builder: String

  /// The versions held, in order; of deleted shops too, `nil` for those never heard of.
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var held: [Identifier: Int64] = [:]
    for (id, version) in try await postgres.execute(SelectHeldVersions(ids: ids)) { held[id] = version }
    return ids.map { held[$0] }
  }

  /// Writes the states that are newer than what is held. When it throws, some may have been written.
  func write(_ states: [State]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, state) in states.enumerated() {
        if index >= Self.inFlight { try await group.next() }
        group.addTask { try await self.write(state) }
      }
      try await group.waitForAll()
    }
  }

  private func write(_ state: State) async throws {
    switch state {
    case .live(let shop): _ = try await postgres.execute(UpsertShop(shop: shop))
    case .gone(let tombstone): _ = try await postgres.execute(EntombShop(tombstone: tombstone))
    }
  }

  func isBuilt() async throws -> Bool {
    try await postgres.execute(SelectIsBuilt()).first ?? false
  }

  func beginBuild() async throws {
    _ = try await postgres.execute(BeginBuild(builder: builder))
  }

  func finishBuild() async throws -> Bool {
    try await postgres.execute(FinishBuild(builder: builder)).first != nil
  }
}
