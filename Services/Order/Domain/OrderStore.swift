import Contracts
import Idempotency

/// Where the orders are kept. Every change appends an event, raises the version by one, and leaves an event in the outbox, or
/// does nothing at all.
protocol OrderStore: Sendable {
  /// Places an order at the shop's own prices and begins its saga.
  /// - Throws: `OrderError`; `IdempotencyKeyReused`.
  func place(_ order: NewOrder, saga: SagaChange, request: IdempotentRequest) async throws -> Document

  /// Takes an action on an order: loads it, decides by ``OrderTransitions``, and writes the event, the snapshot, the outbox entry
  /// and the saga's move in one statement. When another writer was first, it decides again on what that one left.
  ///
  /// An action that leads to where the order already is changes nothing, the saga included, and answers with the order as it is.
  /// - Parameters:
  ///   - expectedVersion: the version that the client has seen, if it insists on it.
  ///   - actor: must be the order's customer or its shop's owner, if it is a customer or an owner.
  ///   - saga: what becomes of the saga in the same statement; `nil` leaves it alone.
  /// - Throws: `OrderError`; `.sagaMoved` when `saga` was decided on a version of the saga's row that is no more.
  func apply(
    _ action: OrderAction, to id: Identifier, expectedVersion: Int64?, actor: OrderActor, saga: SagaChange?
  ) async throws -> Document

  /// - Throws: `OrderError.unknownOrder`, also when the viewer may not see it.
  func order(_ id: Identifier, for viewer: OrderActor) async throws -> Document
  /// The order as it was at a version, folded from its events.
  /// - Throws: `OrderError.unknownOrder`, `.unknownVersion`.
  func order(_ id: Identifier, at version: Int64, for viewer: OrderActor) async throws -> Document
  func orders(_ ids: [Identifier]) async throws -> [Document]
  /// Ids and versions behind a cursor.
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]
  /// The history, oldest first; each entry a JSON document.
  /// - Throws: `OrderError.unknownOrder`.
  func history(of id: Identifier, for viewer: OrderActor) async throws -> [Document]
}
