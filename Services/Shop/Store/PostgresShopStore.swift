import Persistence
import Contracts
import Events
import Idempotency
import Postgres
import Telemetry

/// The shops in PostgreSQL. Each command is one statement; the relay is woken when it has committed.
struct PostgresShopStore: ShopStore {
  let postgres: PostgresClient
  /// Wakes the relay.
  let committed: @Sendable () -> Void

  func create(_ shop: NewShop, owner: Identifier, request: IdempotentRequest?) async throws -> Document {
    try await executeOnce(request) {
      let now = Timestamp.now()
      let statement = InsertShop(
        id: .v7(at: now), owner: owner, shop: shop, items: shop.menu.map { _ in .v7(at: now) }, event: .now(), request: request)
      guard let answer = try await postgres.execute(statement).first else {
        throw PostgresError(.protocolViolation, message: "an INSERT without a guard returned no row")
      }
      return answer
    }
  }

  func shop(_ id: Identifier) async throws -> Document {
    guard let shop = try await shops([id]).first else { throw ShopError.unknownShop }
    guard shop.json != nil else { throw ShopError.deleted }
    return shop
  }

  func shops(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectShops(ids: ids))
  }

  func shops(after cursor: Identifier?, limit: Int) async throws -> [Document] {
    try await postgres.execute(SelectShopPage(cursor: cursor, limit: limit))
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions(page: VersionPage(cursor: cursor, changedSince: changedSince, limit: limit)))
  }

  func update(_ change: ShopChange, of target: ShopTarget) async throws -> Document {
    try await carryOut(UpdateShop(target: target, change: change, event: .now()), on: target)
  }

  func setStatus(_ status: ShopStatus, of target: ShopTarget) async throws -> Document {
    try await carryOut(UpdateShopStatus(target: target, status: status, event: .now()), on: target)
  }

  func delete(_ target: ShopTarget) async throws {
    _ = try await carryOut(DeleteShop(target: target, event: .now()), on: target)
  }

  func addItem(_ item: NewMenuItem, to target: ShopTarget, request: IdempotentRequest?) async throws -> Document {
    try await executeOnce(request) {
      let statement = InsertMenuItem(target: target, id: .v7(at: .now()), item: item, event: .now(), request: request)
      return try await carryOut(statement, on: target, orElse: .menuFull)
    }
  }

  func updateItem(_ item: Identifier, _ change: MenuItemChange, of target: ShopTarget) async throws -> Document {
    try await carryOut(
      UpdateMenuItem(target: target, item: item, change: change, event: .now()), on: target, orElse: .unknownItem)
  }

  func removeItem(_ item: Identifier, of target: ShopTarget) async throws -> Int64 {
    try await carryOut(DeleteMenuItem(target: target, item: item, event: .now()), on: target, orElse: .unknownItem)
  }

  /// Runs a guarded statement; no row means that a guard refused it, and the reason is looked up only then.
  private func carryOut<S: PostgresStatement>(
    _ statement: S, on target: ShopTarget, orElse other: ShopError? = nil
  ) async throws -> S.Row {
    guard let row = try await postgres.execute(statement).first else { throw try await refusal(of: target, orElse: other) }
    committed()
    return row
  }

  /// Answers a repeated request as the first time.
  private func executeOnce(_ request: IdempotentRequest?, _ insert: () async throws -> Document) async throws -> Document {
    do {
      let answer = try await postgres.executeOnce(request, insert)
      committed()
      return answer
    } catch is IdempotencyKeyReused {
      throw ShopError.keyReused
    }
  }

  private func refusal(of target: ShopTarget, orElse other: ShopError?) async throws -> ShopError {
    guard let shop = try await postgres.execute(ExplainRefusal(id: target.id)).first else { return .unknownShop }
    if shop.isDeleted { return .deleted }
    if shop.owner != target.owner { return .notOwner }
    if let expected = target.expectedVersion, expected != shop.version { return .versionMismatch(current: shop.version) }
    // Nothing refuses it now: another writer was in between, and its version is the one to look at.
    return other ?? .versionMismatch(current: shop.version)
  }
}

extension PostgresShopStore: RepublishSource {
  func subjects(of request: RepublishRequest, after cursor: Identifier?, limit: Int) async throws -> [RepublishSubject] {
    let shops = try await postgres.execute(SelectRepublishSubjects(page: RepublishPage(of: request, after: cursor, limit: limit)))
    return shops.map { RepublishSubject(id: $0.id, version: $0.version, type: $0.deleted ? .shopDeleted : .shopUpdated) }
  }

  func count(of request: RepublishRequest) async throws -> Int64 {
    try await postgres.execute(CountRepublishSubjects(criteria: RepublishCriteria(request: request))).first ?? 0
  }
}
