import Contracts
import Postgres
import Projections

/// The local replica of all shops and their menus, a read model in this service's database.
struct ShopReplica: ReadModel {
  /// Concurrent writes of a batch.
  private static let concurrency = 16

  let postgres: PostgresClient

  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var held: [Identifier: Int64] = [:]
    for (id, version) in try await postgres.execute(SelectHeldVersions(ids: ids)) { held[id] = version }
    return ids.map { held[$0] }
  }

  func write(_ states: [ReadModelState<Shop>]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, state) in states.enumerated() {
        if index >= Self.concurrency { try await group.next() }
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
