import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// The orders in PostgreSQL. Each method executes one statement.
struct PostgresOrderStore: OrderStore {
  let postgres: PostgresClient

  func lookUpShop(for order: NewOrder, request: IdempotentRequest) async throws -> OrderableShopLookup {
    let select = SelectOrderableShop(request: request, shop: order.shop, items: order.lines.map(\.menuItem))
    guard let found = try await postgres.execute(select).first else {
      throw PostgresError(.protocolViolation, message: "a SELECT that always returns one row returned none")
    }
    guard let response = found.firstResponse else { return OrderableShopLookup(shop: found.shop) }
    guard response.fingerprint == request.fingerprint else { throw IdempotencyKeyReused() }
    let document = Document(id: response.subject, version: response.version, json: response.body, isReplay: true)
    return OrderableShopLookup(firstResponse: document, shop: found.shop)
  }

  func insert(
    _ placement: OrderPlacement, at time: Timestamp, cardToken: String, saga: SagaChange, request: IdempotentRequest
  ) async throws -> Document {
    let document = OrderDocument.json(Order(placement, at: time))
    let statement = InsertOrder(
      placement: placement, document: document, at: time, cardToken: cardToken, saga: saga, event: .now(), request: request)
    do {
      _ = try await postgres.write(statement)
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      // A concurrent request with the same key was first.
      return try await postgres.executeOnce(request) { throw error }
    }
    return Document(id: placement.id, version: 1, json: document)
  }

  func append(_ event: OrderEvent, to order: Order, by actor: OrderActor, saga: SagaChange?) async throws -> Document? {
    let document = OrderDocument.json(order)
    let statement = AppendEvent(
      order: order, document: document, recorded: event, actor: actor, saga: saga, event: .now())
    guard try await postgres.writeGuarded(statement) != nil else { return nil }
    return Document(id: order.id, version: order.version, json: document)
  }

  func snapshot(of id: Identifier, for actor: OrderActor) async throws -> OrderSnapshot {
    let document = try await order(id, for: actor)
    return OrderSnapshot(order: try OrderDocument.order(document.json ?? []), document: document)
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
    try await postgres.execute(SelectVersions<OrderTable>(after: cursor, changedSince: changedSince, limit: limit))
  }

  func history(of id: Identifier, for viewer: OrderActor) async throws -> [Document] {
    let history = try await postgres.execute(SelectHistory(id: id, viewer: viewer))
    guard !history.isEmpty else { throw OrderError.unknownOrder }
    return history
  }
}
