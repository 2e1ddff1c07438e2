import Contracts
import Events
import Idempotency
import Telemetry

/// The commands on shops. Each raises the shop's version by one and appends an event to the outbox, or changes nothing.
struct ShopCommands: Sendable {
  let store: PostgresShopStore

  /// Creates a shop with its menu. A repeated request gets the response of the first.
  /// - Throws: `ShopError.keyReused`.
  func create(_ shop: NewShop, owner: Identifier, request: IdempotentRequest?) async throws -> Document {
    try await store.executeOnce(request) {
      let now = Timestamp.now()
      return try await store.insert(
        InsertShop(
          id: .v7(at: now), owner: owner, shop: shop, items: shop.menu.map { _ in .v7(at: now) }, event: .now(), request: request)
      )
    }
  }

  func change(_ change: ShopChange, of target: ShopTarget) async throws -> Document {
    try await store.execute(UpdateShop(target: target, change: change, event: .now()), on: target)
  }

  /// Opens, pauses or closes a shop. Setting the current status changes nothing and publishes no event.
  func changeStatus(to status: ShopStatus, of target: ShopTarget) async throws -> Document {
    try await store.execute(UpdateShopStatus(target: target, status: status, event: .now()), on: target)
  }

  /// Deletes a shop and its menu; a tombstone remains.
  func delete(_ target: ShopTarget) async throws {
    _ = try await store.execute(DeleteShop(target: target, event: .now()), on: target)
  }
}
