import Contracts
import Idempotency

/// Stores __wordsPlural__. Every change raises the version by one and appends an event to the outbox, or has no effect at all.
protocol __Aggregate__Store: Sendable {
  func insert(_ id: Identifier, name: String, request: IdempotentRequest?) async throws -> Document
  /// - Parameter expectedVersion: the version that it must have; `nil` for any.
  /// - Returns: `nil` if there is no such __words__, or it has another version.
  func rename(_ id: Identifier, to name: String, expectedVersion: Int64?) async throws -> Document?
  /// Those that exist, in any order.
  func __aggregates__(_ ids: [Identifier]) async throws -> [Document]
  /// Ids and versions behind a cursor, in the order of ids.
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]
}
