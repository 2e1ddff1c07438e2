import Persistence
import Contracts
import Failpoints
import Postgres
import Telemetry

/// The network's memory in PostgreSQL. An operation is one statement; only when it finds nothing to do is it asked why.
struct PostgresAuthorizationStore: AuthorizationStore {
  /// How often an operation is tried that nothing refuses and that finds nothing to change: others were in between.
  private static let tries = 3

  let postgres: PostgresClient
  /// Wakes the sender of webhooks.
  let committed: @Sendable () -> Void

  func authorize(_ authorization: NewAuthorization, request: OperationRequest) async throws -> OperationAnswer {
    let statement = InsertAuthorization(record: .new(request), id: .v7(at: .now()), authorization: authorization)
    if let answer = try await executeOnce(request, statement) { return answer }
    throw OperationError.referenceTaken
  }

  func carryOut(
    _ operation: Operation, on target: OperationTarget, request: OperationRequest
  ) async throws -> OperationAnswer {
    for _ in 0..<Self.tries {
      if let answer = try await attempt(operation, on: target, request) { return answer }
      guard let authorization = try await postgres.execute(ExplainRefusal(target: target)).first else {
        throw OperationError.unknownAuthorization
      }
      _ = try authorization.after(operation)
    }
    throw OperationError.contended
  }

  func authorization(_ id: Identifier) async throws -> [UInt8]? {
    try await postgres.execute(SelectAuthorization(target: .id(id))).first
  }

  func authorization(reference: String) async throws -> [UInt8]? {
    try await postgres.execute(SelectAuthorization(target: .reference(reference))).first
  }

  private func attempt(
    _ operation: Operation, on target: OperationTarget, _ request: OperationRequest
  ) async throws -> OperationAnswer? {
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

  /// Runs an operation's statement; one that was carried out before under its key is answered as then.
  ///
  /// The key is looked up only when the statement changed nothing or met its own key: what is new costs one statement.
  private func executeOnce<S: PostgresStatement>(
    _ request: OperationRequest, _ statement: S
  ) async throws -> OperationAnswer? where S.Row == OperationAnswer {
    do {
      Failpoint.beforeCommit.reach()
      if let answer = try await postgres.execute(statement).first {
        Failpoint.afterCommit.reach()
        committed()
        return answer
      }
    } catch let error as PostgresError where error.constraint == "operations_pkey" {}
    guard let (fingerprint, answer) = try await postgres.execute(FindOperation(key: request.key)).first else { return nil }
    guard fingerprint == request.fingerprint else { throw OperationError.keyReused }
    return answer
  }
}

extension OperationRecord {
  fileprivate static func new(_ request: OperationRequest) -> OperationRecord {
    OperationRecord(request: request, webhook: .v7(at: .now()))
  }
}
