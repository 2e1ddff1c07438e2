import Persistence
import Contracts
import Events
import Failpoints
import Idempotency
import Postgres
import Telemetry

/// The orders in PostgreSQL. Each command is one statement; the relay is woken when it has committed, and so is the saga.
struct PostgresOrderStore: OrderStore {
  /// How often a command is decided again when another writer was first; an order has fewer versions than that.
  private static let rounds = 10

  let postgres: PostgresClient
  let metrics: OrderMetrics
  /// Wakes the relay.
  let committed: @Sendable () -> Void
  /// Tells the orchestrator of this process that somebody else moved an order's saga.
  let sagaMoved: @Sendable (Identifier) -> Void
  /// Whether every shop that there is has been copied once.
  let knowsShops: @Sendable () -> Bool
  /// Whether new orders are taken.
  var isOpen: @Sendable () -> Bool = { true }

  func place(_ order: NewOrder, saga: SagaChange, request: IdempotentRequest) async throws -> Document {
    let select = SelectOrderableShop(request: request, shop: order.shop, items: order.lines.map(\.menuItem))
    guard let found = try await postgres.execute(select).first else {
      throw PostgresError(.protocolViolation, message: "a SELECT that always has a row returned none")
    }
    if let answer = found.answer {
      guard answer.fingerprint == request.fingerprint else { throw IdempotencyKeyReused() }
      return answer.document
    }
    guard isOpen() else { throw OrderError.ordersClosed }
    guard let shop = found.shop else { throw knowsShops() ? OrderError.unknownShop : .shopsNotKnownYet }
    let now = Timestamp.now()
    let placement = try OrderRules.placement(of: order, from: shop, id: .v7(at: now), paymentId: .v7(at: now))
    return try await insert(placement, at: now, token: order.paymentToken, saga: saga, request: request)
  }

  private func insert(
    _ placement: OrderPlacement, at now: Timestamp, token: String, saga: SagaChange, request: IdempotentRequest
  ) async throws -> Document {
    let document = OrderDocument.json(Order(placement, at: now))
    let statement = InsertOrder(
      placement: placement, document: document, at: now, token: token, saga: saga, event: .now(), request: request)
    do {
      Failpoint.beforeCommit.reach()
      _ = try await postgres.execute(statement)
      Failpoint.afterCommit.reach()
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      // The same request came twice at the same time, and the other one was first.
      return try await postgres.executeOnce(request) { throw error }
    }
    committed()
    sagaMoved(placement.id)
    metrics.count(.placed)
    return Document(id: placement.id, version: 1, json: document)
  }

  func apply(
    _ action: OrderAction, to id: Identifier, expectedVersion: Int64?, actor: OrderActor, saga: SagaChange?
  ) async throws -> Document {
    var refused: Int64?
    for _ in 0..<Self.rounds {
      let stored = try await order(id, for: actor)
      if let expectedVersion, expectedVersion != stored.version { throw OrderError.versionMismatch(current: stored.version) }
      // The order stands where it stood when the statement found no row: then it was the saga's version that it missed.
      if refused == stored.version { throw OrderError.sagaMoved }
      let order = try OrderDocument.order(stored.json ?? [])
      guard let event = try order.event(for: action) else { return stored }
      if let answer = try await append(event, to: order, actor: actor, saga: saga) {
        if saga != nil, actor != .saga { sagaMoved(id) }
        return answer
      }
      refused = stored.version
    }
    throw OrderError.contended
  }

  /// - Returns: `nil` when another writer was first.
  private func append(_ event: OrderEvent, to order: Order, actor: OrderActor, saga: SagaChange?) async throws -> Document? {
    var next = order
    // The wall clock may have been set back; a history doesn't go back.
    guard next.apply(event, at: max(.now(), order.updatedAt)) else {
      throw PostgresError(.protocolViolation, message: "an order can't be placed twice")
    }
    let document = OrderDocument.json(next)
    let statement = AppendEvent(
      order: next, document: document, recorded: event, actor: actor, saga: saga, event: .now())
    Failpoint.beforeCommit.reach()
    guard try await postgres.execute(statement).first != nil else { return nil }
    Failpoint.afterCommit.reach()
    committed()
    metrics.count(next.status)
    return Document(id: next.id, version: next.version, json: document)
  }

  func order(_ id: Identifier, for viewer: OrderActor) async throws -> Document {
    guard let order = try await postgres.execute(SelectOrder(id: id, viewer: viewer)).first else { throw OrderError.unknownOrder }
    return order
  }

  func order(_ id: Identifier, at version: Int64, for viewer: OrderActor) async throws -> Document {
    let history = try await postgres.execute(SelectEvents(id: id, viewer: viewer))
    guard let last = history.last else { throw OrderError.unknownOrder }
    guard version <= last.version else { throw OrderError.unknownVersion(current: last.version) }
    guard let order = Order.fold(history.filter { $0.version <= version }) else {
      throw PostgresError(.decoding, message: "the events of order \(id) have a gap")
    }
    return Document(id: id, version: order.version, json: OrderDocument.json(order))
  }

  func orders(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectOrders(ids: ids))
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions(page: VersionPage(cursor: cursor, changedSince: changedSince, limit: limit)))
  }

  func history(of id: Identifier, for viewer: OrderActor) async throws -> [Document] {
    let history = try await postgres.execute(SelectHistory(id: id, viewer: viewer))
    guard !history.isEmpty else { throw OrderError.unknownOrder }
    return history
  }
}

extension PostgresOrderStore: RepublishSource {
  func subjects(of request: RepublishRequest, after cursor: Identifier?, limit: Int) async throws -> [RepublishSubject] {
    try await postgres.execute(SelectRepublishSubjects(page: RepublishPage(of: request, after: cursor, limit: limit)))
  }

  func count(of request: RepublishRequest) async throws -> Int64 {
    try await postgres.execute(CountRepublishSubjects(criteria: RepublishCriteria(request: request))).first ?? 0
  }
}
