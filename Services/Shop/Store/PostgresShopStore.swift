import Contracts
import Events
import Idempotency
import Postgres
import ServiceContextModule
import Telemetry

/// The shops in PostgreSQL. Each command is one statement; the relay is woken when it has committed.
struct PostgresShopStore: ShopStore {
  let postgres: PostgresClient
  /// Wakes the relay.
  let committed: @Sendable () -> Void

  func create(_ shop: NewShop, owner: Identifier, request: RepeatableRequest?) async throws -> ShopAnswer {
    try await once(request) {
      let now = Timestamp.now()
      let statement = InsertShop(
        id: .v7(at: now), owner: owner, shop: shop, items: shop.menu.map { _ in .v7(at: now) }, event: .now(), request: request)
      guard let answer = try await postgres.execute(statement).first else {
        throw PostgresError(.protocolViolation, message: "an INSERT without a guard returned no row")
      }
      return answer
    }
  }

  func shop(_ id: Identifier) async throws -> ShopAnswer {
    guard let record = try await shops([id]).first else { throw ShopError.unknownShop }
    guard let document = record.document else { throw ShopError.deleted }
    return ShopAnswer(id: id, version: record.version, document: document)
  }

  func shops(_ ids: [Identifier]) async throws -> [ShopRecord] {
    try await postgres.execute(SelectShops(ids: ids))
  }

  func shops(after cursor: Identifier?, limit: Int) async throws -> [ShopRecord] {
    try await postgres.execute(SelectShopPage(cursor: cursor, limit: limit))
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [ShopVersion] {
    try await postgres.execute(SelectVersions(cursor: cursor, changedSince: changedSince, limit: limit))
  }

  func update(_ change: ShopChange, of target: ShopTarget) async throws -> ShopAnswer {
    try await carryOut(UpdateShop(target: target, change: change, event: .now()), on: target)
  }

  func setStatus(_ status: ShopStatus, of target: ShopTarget) async throws -> ShopAnswer {
    try await carryOut(UpdateStatus(target: target, status: status, event: .now()), on: target)
  }

  func delete(_ target: ShopTarget) async throws {
    _ = try await carryOut(DeleteShop(target: target, event: .now()), on: target)
  }

  func addItem(_ item: NewMenuItem, to target: ShopTarget, request: RepeatableRequest?) async throws -> ShopAnswer {
    try await once(request) {
      let statement = InsertMenuItem(target: target, id: .v7(at: .now()), item: item, event: .now(), request: request)
      return try await carryOut(statement, on: target, orElse: .menuFull)
    }
  }

  func updateItem(_ item: Identifier, _ change: MenuItemChange, of target: ShopTarget) async throws -> ShopAnswer {
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

  /// Answers a repeated request as the first time, and lets two at the same time have one effect.
  private func once(
    _ request: RepeatableRequest?, _ insert: () async throws -> ShopAnswer
  ) async throws -> ShopAnswer {
    if let request, let answer = try await firstAnswer(to: request) { return answer }
    do {
      let answer = try await insert()
      committed()
      return answer
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      guard let request, let answer = try await firstAnswer(to: request) else { throw error }
      return answer
    }
  }

  private func firstAnswer(to request: RepeatableRequest) async throws -> ShopAnswer? {
    guard let answer = try await postgres.execute(FindAnswer(principal: request.principal, key: request.key)).first else {
      return nil
    }
    guard answer.fingerprint == request.fingerprint else { throw ShopError.keyReused }
    return ShopAnswer(id: answer.subject, version: answer.version, document: answer.body, isReplay: true)
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

extension OutboxEntry {
  /// An entry made now, in the trace of the current request.
  static func now() -> OutboxEntry {
    OutboxEntry(id: .v7(at: .now()), traceparent: ServiceContext.current?.trace?.traceparent)
  }
}

extension PostgresShopStore: RepublishSource {
  func subjects(of request: RepublishRequest, after cursor: Identifier?, limit: Int) async throws -> [RepublishSubject] {
    let shops = try await postgres.execute(
      SelectRepublishSubjects(criteria: RepublishCriteria(request: request), cursor: cursor, limit: limit))
    return shops.map { RepublishSubject(id: $0.id, version: $0.version, type: $0.deleted ? .shopDeleted : .shopUpdated) }
  }

  func count(of request: RepublishRequest) async throws -> Int64 {
    try await postgres.execute(CountRepublishSubjects(criteria: RepublishCriteria(request: request))).first ?? 0
  }
}
