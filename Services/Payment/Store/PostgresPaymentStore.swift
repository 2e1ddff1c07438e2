import Contracts
import Events
import Idempotency
import Persistence
import Postgres
import ServiceContextModule
import Telemetry

/// Payments and the ledger in PostgreSQL. Each method executes one statement.
struct PostgresPaymentStore: PaymentStore {
  let postgres: PostgresClient
  /// How long the request that started an operation may take before the operation is due for resolution.
  let leaseMilliseconds: Int
  /// Called after a commit with an event; wakes the outbox relay.
  let committed: @Sendable () -> Void

  func insert(_ payment: NewPayment, by request: IdempotentRequest) async throws -> PendingOperation? {
    let statement = InsertPayment(
      payment: payment, leaseMilliseconds: leaseMilliseconds, event: .now(), request: request)
    let operation = try await insertIntent(statement)
    if operation != nil { committed() }
    return operation
  }

  func begin(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> PendingOperation? {
    try await insertIntent(
      BeginOperation(
        command: command, leaseMilliseconds: leaseMilliseconds, traceparent: ServiceContext.current?.trace?.traceparent,
        request: request))
  }

  func insertVoided(_ id: Identifier, orderId: Identifier, by request: IdempotentRequest) async throws -> Document? {
    let document = try await insertIntent(InsertVoidedPayment(id: id, orderId: orderId, event: .now(), request: request))
    if document != nil { committed() }
    return document
  }

  func storedResponse(to request: IdempotentRequest) async throws -> StoredResponse? {
    try await postgres.execute(FindStoredResponse(principal: request.principal, key: request.key)).first
  }

  func storeResponse(_ document: Document, to request: IdempotentRequest) async throws {
    _ = try await postgres.execute(StoreResponse(request: request, document: document))
  }

  func state(of payment: Identifier) async throws -> PaymentState? {
    try await postgres.execute(SelectPaymentState(id: payment)).first
  }

  func record(
    _ transition: PaymentTransition, of operation: PendingOperation, authorization: String?
  ) async throws -> PaymentResult? {
    let document: Document?
    switch transition {
    case .change(let change):
      let statement = RecordChange(
        operation: operation, change: change, authorization: authorization, event: .now(), transaction: .v7(at: .now()))
      document = try await postgres.write(statement).first
    case .refusal:
      document = try await postgres.write(RecordRefusal(operation: operation)).first
    }
    if document != nil { committed() }
    return document.map { PaymentResult(document: $0, isPending: false) }
  }

  func postpone(_ operation: PendingOperation, milliseconds: Int) async throws -> PaymentResult {
    let statement = PostponeOperation(operation: operation, milliseconds: milliseconds)
    guard let result = try await postgres.execute(statement).first else { throw PaymentError.unknownPayment }
    return result
  }

  func claimDue(limit: Int, leaseMilliseconds: Int) async throws -> [PendingOperation] {
    try await postgres.execute(ClaimDueOperations(limit: limit, leaseMilliseconds: leaseMilliseconds))
  }

  func receive(webhook: String, reference: Identifier?) async throws -> Bool {
    try await postgres.execute(InsertWebhook(id: webhook, reference: reference)).first ?? false
  }

  /// Executes a statement that stores an intent; `nil` if its guard matched no row, or its idempotency key is in use.
  private func insertIntent<S: PostgresStatement>(_ statement: S) async throws -> S.Row? {
    do {
      return try await postgres.write(statement).first
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      return nil
    }
  }
}
