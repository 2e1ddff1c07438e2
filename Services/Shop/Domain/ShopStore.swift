import Contracts

/// Where the shops are kept. Every change raises the shop's version by one and leaves an event in the outbox, or does nothing at all.
protocol ShopStore: Sendable {
  func create(_ shop: NewShop, owner: Identifier, request: RepeatableRequest?) async throws -> ShopAnswer
  /// - Throws: `ShopError.unknownShop`, `.deleted`.
  func shop(_ id: Identifier) async throws -> ShopAnswer
  func shops(_ ids: [Identifier]) async throws -> [ShopRecord]
  /// Live shops behind a cursor, in the order of their ids.
  func shops(after cursor: Identifier?, limit: Int) async throws -> [ShopRecord]
  /// Ids and versions behind a cursor, deleted shops included.
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [ShopVersion]

  func update(_ change: ShopChange, of target: ShopTarget) async throws -> ShopAnswer
  func setStatus(_ status: ShopStatus, of target: ShopTarget) async throws -> ShopAnswer
  func delete(_ target: ShopTarget) async throws

  func addItem(_ item: NewMenuItem, to target: ShopTarget, request: RepeatableRequest?) async throws -> ShopAnswer
  func updateItem(_ item: Identifier, _ change: MenuItemChange, of target: ShopTarget) async throws -> ShopAnswer
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

/// A JSON document of a shop or a dish as the database made it, and the shop's version that it shows.
struct ShopAnswer: Sendable {
  /// The shop's id, or the dish's.
  let id: Identifier
  let version: Int64
  let document: [UInt8]
  /// It answers a request that was answered before.
  var isReplay = false
}

/// A shop among others: its document, or nothing but its version once it is deleted.
struct ShopRecord: Sendable {
  let id: Identifier
  let version: Int64
  let document: [UInt8]?
}

/// A request that a client may send twice and that must be carried out once.
struct RepeatableRequest: Sendable {
  /// Who sent it: keys of different principals have nothing to do with one another.
  let principal: String
  let key: String
  /// Tells whether another request with the key is the same one.
  let fingerprint: String
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
