import Contracts
import Idempotency

/// The stored orders. A write appends an event, increments the version and adds an outbox row, all atomically.
protocol OrderStore: Sendable {
  /// - Throws: `IdempotencyKeyReused`: the key belongs to a different request.
  func lookUpShop(for order: NewOrder, request: IdempotentRequest) async throws -> OrderableShopLookup

  /// Stores a new order with its saga and the response to the request.
  /// - Returns: the order's document; the stored response, as a replay, if a concurrent request with the same key was first.
  /// - Throws: `IdempotencyKeyReused`.
  func insert(
    _ placement: OrderPlacement, at time: Timestamp, cardToken: String, saga: SagaChange, request: IdempotentRequest
  ) async throws -> Document

  /// Appends an event and changes the saga in the same statement.
  /// - Parameters:
  ///   - order: the order after the event.
  ///   - saga: `nil` leaves the saga unchanged.
  /// - Returns: `nil` if the order or the saga does not have the expected version; nothing was changed.
  func append(_ event: OrderEvent, to order: Order, by actor: OrderActor, saga: SagaChange?) async throws -> Document?

  /// - Throws: `OrderError.unknownOrder`, also if the actor may not see it.
  func snapshot(of id: Identifier, for actor: OrderActor) async throws -> OrderSnapshot

  /// - Throws: `OrderError.unknownOrder`, also if the viewer may not see it.
  func order(_ id: Identifier, for viewer: OrderActor) async throws -> Document
  /// An earlier version of an order, folded from its events.
  /// - Throws: `OrderError.unknownOrder`, `.unknownVersion`.
  func order(_ id: Identifier, at version: Int64, for viewer: OrderActor) async throws -> Document
  func orders(_ ids: [Identifier]) async throws -> [Document]
  /// Ids and versions after a cursor, sorted by id.
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]
  /// The events, oldest first, each as a JSON document.
  /// - Throws: `OrderError.unknownOrder`.
  func history(of id: Identifier, for viewer: OrderActor) async throws -> [Document]
}
