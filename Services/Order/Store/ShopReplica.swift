import Projections
import Contracts
import Postgres

/// This service's copy of the shops and their menus, a read model in its own database.
struct ShopReplica: ReadModel {
  /// Shops that are written at the same time.
  private static let inFlight = 16

  let postgres: PostgresClient

  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var held: [Identifier: Int64] = [:]
    for (id, version) in try await postgres.execute(SelectHeldVersions(ids: ids)) { held[id] = version }
    return ids.map { held[$0] }
  }

  func write(_ states: [ReadModelState<Shop>]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, state) in states.enumerated() {
        if index >= Self.inFlight { try await group.next() }
        group.addTask { try await self.write(state) }
      }
      try await group.waitForAll()
    }
  }

  private func write(_ state: ReadModelState<Shop>) async throws {
    switch state {
    case .live(let shop): _ = try await postgres.execute(UpsertShop(shop: shop))
    case .gone(let tombstone): _ = try await postgres.execute(UpsertShopTombstone(tombstone: tombstone))
    }
  }
}

/// The mark of the copy, kept beside it; each instance that builds leaves a trace of its own.
struct PostgresRebuildMarker: RebuildMarker {
  let postgres: PostgresClient
  /// Who builds: the instance.
  let builder: String

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
