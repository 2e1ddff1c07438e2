import Contracts
import Events
import Idempotency
import Telemetry

/// The commands on menus. The menu is part of its shop, so each raises the shop's version by one and appends an event to the outbox, or
/// changes nothing.
struct MenuCommands: Sendable {
  let store: PostgresShopStore

  /// A repeated request gets the response of the first.
  /// - Throws: `ShopError.menuFull`, `.keyReused`.
  func addItem(_ item: NewMenuItem, to target: ShopTarget, request: IdempotentRequest?) async throws -> Document {
    try await store.executeOnce(request) {
      let statement = InsertMenuItem(target: target, id: .v7(at: .now()), item: item, event: .now(), request: request)
      return try await store.execute(statement, on: target, otherwise: .menuFull)
    }
  }

  /// - Throws: `ShopError.unknownItem`.
  func changeItem(_ item: Identifier, _ change: MenuItemChange, of target: ShopTarget) async throws -> Document {
    try await store.execute(
      UpdateMenuItem(target: target, item: item, change: change, event: .now()), on: target, otherwise: .unknownItem)
  }

  /// Returns the shop's new version.
  /// - Throws: `ShopError.unknownItem`.
  func removeItem(_ item: Identifier, of target: ShopTarget) async throws -> Int64 {
    try await store.execute(DeleteMenuItem(target: target, item: item, event: .now()), on: target, otherwise: .unknownItem)
  }
}
