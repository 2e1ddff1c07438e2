import Contracts
import Idempotency

/// Where the shops are kept. Every change raises the shop's version by one and leaves an event in the outbox, or does nothing at all.
protocol ShopStore: Sendable {
  func create(_ shop: NewShop, owner: Identifier, request: IdempotentRequest?) async throws -> Document
  /// - Throws: `ShopError.unknownShop`, `.deleted`.
  func shop(_ id: Identifier) async throws -> Document
  func shops(_ ids: [Identifier]) async throws -> [Document]
  /// Live shops behind a cursor, in the order of their ids.
  func shops(after cursor: Identifier?, limit: Int) async throws -> [Document]
  /// Ids and versions behind a cursor, deleted shops included.
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]

  func update(_ change: ShopChange, of target: ShopTarget) async throws -> Document
  func setStatus(_ status: ShopStatus, of target: ShopTarget) async throws -> Document
  func delete(_ target: ShopTarget) async throws

  func addItem(_ item: NewMenuItem, to target: ShopTarget, request: IdempotentRequest?) async throws -> Document
  func updateItem(_ item: Identifier, _ change: MenuItemChange, of target: ShopTarget) async throws -> Document
  func removeItem(_ item: Identifier, of target: ShopTarget) async throws -> Int64
}

/// The shop that a command is about, and what must be true of it.
struct ShopTarget: Sendable {
  let id: Identifier
  /// Whose the shop must be.
  let owner: Identifier
  /// The version that the client has seen, if it insists on it.
  var expectedVersion: Int64?
}

/// Why a command was not carried out.
enum ShopError: Error, Hashable {
  case unknownShop
  case unknownItem
  case deleted
  case notOwner
  case versionMismatch(current: Int64)
  case keyReused
  case menuFull
}
