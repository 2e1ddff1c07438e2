import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// Shops in PostgreSQL. Each command is one statement, which also appends the event to the outbox.
struct PostgresShopStore: Sendable {
  let postgres: PostgresClient
  /// Wakes the outbox relay.
  let committed: @Sendable () -> Void

  // MARK: Queries

  /// - Throws: `ShopError.unknownShop`, `.deleted`.
  func shop(_ id: Identifier) async throws -> Document {
    guard let shop = try await shops([id]).first else { throw ShopError.unknownShop }
    guard shop.json != nil else { throw ShopError.deleted }
    return shop
  }

  func shops(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectShops(ids: ids))
  }

  /// A page of the shops that are not deleted, ordered by id.
  func shops(after cursor: Identifier?, limit: Int) async throws -> [Document] {
    try await postgres.execute(SelectShopPage(cursor: cursor, limit: limit))
  }

  /// A page of ids and versions ordered by id, deleted shops included.
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions<ShopTable>(after: cursor, changedSince: changedSince, limit: limit))
  }

  // MARK: Commands

  /// Executes a guarded statement. No row means that a guard rejected it; only then is the reason read.
  /// - Parameter other: the reason if the shop's state doesn't explain it.
  /// - Throws: ``ShopError``.
  func execute<S: PostgresStatement>(
    _ statement: S, on target: ShopTarget, otherwise other: ShopError? = nil
  ) async throws -> S.Row {
    guard let row = try await postgres.execute(statement).first else {
      let state = try await postgres.execute(SelectShopState(id: target.id)).first
      throw ShopError(rejecting: target, in: state, otherwise: other)
    }
    committed()
    return row
  }

  func insert(_ statement: InsertShop) async throws -> Document {
    guard let shop = try await postgres.execute(statement).first else {
      throw PostgresError(.protocolViolation, message: "an INSERT without a guard returned no row")
    }
    return shop
  }

  /// Has a request with an `Idempotency-Key` take effect once; a repeated one gets the stored response.
  /// - Throws: `ShopError.keyReused`.
  func executeOnce(_ request: IdempotentRequest?, _ insert: () async throws -> Document) async throws -> Document {
    do {
      let document = try await postgres.executeOnce(request, insert)
      committed()
      return document
    } catch is IdempotencyKeyReused {
      throw ShopError.keyReused
    }
  }
}
