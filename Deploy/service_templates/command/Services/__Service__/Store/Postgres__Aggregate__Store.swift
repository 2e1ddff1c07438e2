import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// __WordsPlural__ in PostgreSQL. Each command is one statement; the relay is woken when it has committed.
struct Postgres__Aggregate__Store: __Aggregate__Store {
  let postgres: PostgresClient
  /// Wakes the relay.
  let committed: @Sendable () -> Void

  func insert(_ id: Identifier, name: String, request: IdempotentRequest?) async throws -> Document {
    try await postgres.executeOnce(request) {
      let statement = Insert__Aggregate__(id: id, name: name, event: .now(), request: request)
      guard let document = try await postgres.execute(statement).first else {
        throw PostgresError(.protocolViolation, message: "an INSERT without a guard returned no row")
      }
      committed()
      return document
    }
  }

  func rename(_ id: Identifier, to name: String, expectedVersion: Int64?) async throws -> Document? {
    let statement = Rename__Aggregate__Statement(id: id, name: name, expectedVersion: expectedVersion, event: .now())
    guard let document = try await postgres.execute(statement).first else { return nil }
    committed()
    return document
  }

  func __aggregates__(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(Select__Aggregates__(ids: ids))
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(
      SelectVersions<__Aggregate__Table>(after: cursor, changedSince: changedSince, limit: limit))
  }
}
