import Contracts
import Persistence
import Postgres
import Telemetry

/// Authorizations in PostgreSQL. An operation is one statement; its idempotency key and the state are read only if it changed nothing.
struct PostgresAuthorizationStore: AuthorizationStore {
  let postgres: PostgresClient
  /// Called after a commit with a webhook; wakes the sender.
  let committed: @Sendable () -> Void

  func insert(_ authorization: NewAuthorization, by request: OperationRequest) async throws -> OperationResult? {
    try await executeOnce(
      request, InsertAuthorization(record: .new(request), id: .v7(at: .now()), authorization: authorization))
  }

  func apply(
    _ operation: Operation, to target: OperationTarget, by request: OperationRequest
  ) async throws -> OperationResult? {
    let record = OperationRecord.new(request)
    switch (operation, target) {
    case (.capture(let amount), .id(let id)):
      return try await executeOnce(request, CaptureAuthorization(record: record, id: id, amount: amount))
    case (.refund(let amount), .id(let id)):
      return try await executeOnce(request, RefundAuthorization(record: record, id: id, amount: amount))
    case (.void, .id(let id)):
      return try await executeOnce(request, VoidAuthorization(record: record, id: id))
    case (.reverse, .reference(let reference)):
      return try await executeOnce(request, ReverseAuthorization(record: record, id: .v7(at: .now()), reference: reference))
    case (.capture, .reference), (.refund, .reference), (.void, .reference), (.reverse, .id):
      throw OperationError.unknownAuthorization
    }
  }

  func state(of target: OperationTarget) async throws -> Authorization? {
    try await postgres.execute(SelectAuthorizationState(target: target)).first
  }

  func authorization(_ id: Identifier) async throws -> [UInt8]? {
    try await postgres.execute(SelectAuthorization(target: .id(id))).first
  }

  func authorization(reference: String) async throws -> [UInt8]? {
    try await postgres.execute(SelectAuthorization(target: .reference(reference))).first
  }

  /// Executes an operation's statement; a retry gets the stored result.
  ///
  /// The key is read only if the statement changed nothing or violated the key's uniqueness, so a new operation costs one statement.
  private func executeOnce<S: PostgresStatement>(
    _ request: OperationRequest, _ statement: S
  ) async throws -> OperationResult? where S.Row == OperationResult {
    do {
      if let result = try await postgres.writeGuarded(statement) {
        committed()
        return result
      }
    } catch let error as PostgresError where error.constraint == "operations_pkey" {}
    guard let (fingerprint, result) = try await postgres.execute(FindOperation(key: request.key)).first else { return nil }
    guard fingerprint == request.fingerprint else { throw OperationError.keyReused }
    return result
  }
}

extension OperationRecord {
  fileprivate static func new(_ request: OperationRequest) -> OperationRecord {
    OperationRecord(request: request, webhook: .v7(at: .now()))
  }
}
