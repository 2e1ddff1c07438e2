import Persistence
import Contracts
import Events
import Failpoints
import Idempotency
import Postgres
import ServiceContextModule
import Telemetry

/// Payments and the ledger in PostgreSQL. Each step is one statement; the relay is woken when one with an event has committed.
struct PostgresPaymentStore: PaymentStore {
  let postgres: PostgresClient
  /// How long the request that asked for an operation may take before somebody else looks after it.
  let leaseMilliseconds: Int
  /// Wakes the relay.
  let committed: @Sendable () -> Void

  func request(_ payment: NewPayment, by request: IdempotentRequest) async throws -> OperationStart {
    let statement = InsertPayment(
      payment: payment, leaseMilliseconds: leaseMilliseconds, event: .now(), request: request)
    if let operation = try await intend(statement) {
      committed()
      return .begun(operation)
    }
    switch try await look(for: request, at: payment.id) {
    case .answer(let answer): return .answered(answer)
    case .standing(let standing):
      guard standing.concerns(payment) else { throw PaymentError.paymentExists }
      return .answered(try await answer(standing, standing.verdict(on: .authorize), .authorize, to: request))
    case .nothing: throw PaymentError.orderHasPayment
    }
  }

  func begin(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> OperationStart {
    // Somebody may come between a guard that refuses and the look at the reason, so that there is none any more.
    for _ in 0..<3 {
      let statement = BeginOperation(
        command: command, leaseMilliseconds: leaseMilliseconds, traceparent: ServiceContext.current?.trace?.traceparent,
        request: request)
      if let operation = try await intend(statement) { return .begun(operation) }
      switch try await look(for: request, at: command.id) {
      case .answer(let answer): return .answered(answer)
      case .standing(let standing):
        let verdict = try standing.verdict(on: command)
        if verdict == .begin { continue }
        return .answered(try await answer(standing, verdict, command.operation, to: request))
      case .nothing:
        if let answer = try await voidFromTheStart(command, by: request) { return .answered(answer) }
      }
    }
    throw PaymentError.busy(nil)
  }

  /// Makes the payment that a void is about and that isn't there; nil if it is there by now.
  private func voidFromTheStart(_ command: PaymentCommand, by request: IdempotentRequest) async throws -> PaymentAnswer? {
    guard command.operation == .void, let order = command.orderId else { throw PaymentError.unknownPayment }
    let statement = InsertVoidedPayment(id: command.id, orderId: order, event: .now(), request: request)
    if let document = try await intend(statement) {
      committed()
      return PaymentAnswer(document: document, isPending: false)
    }
    let other = try await payment(ofOrder: order, customer: nil)
    guard other == nil || other?.id == command.id else { throw PaymentError.orderHasPayment }
    return nil
  }

  func record(
    _ consequence: PaymentTransition, of operation: PendingOperation, authorization: String?
  ) async throws -> PaymentAnswer? {
    Failpoint.beforeCommit.reach()
    let document: Document?
    switch consequence {
    case .change(let change):
      let statement = RecordChange(
        operation: operation, change: change, authorization: authorization, event: .now(), transaction: .v7(at: .now()))
      document = try await postgres.execute(statement).first
    case .refusal:
      document = try await postgres.execute(RecordRefusal(operation: operation)).first
    }
    Failpoint.afterCommit.reach()
    if document != nil { committed() }
    return document.map { PaymentAnswer(document: $0, isPending: false) }
  }

  func postpone(_ operation: PendingOperation, milliseconds: Int) async throws -> PaymentAnswer {
    let statement = PostponeOperation(operation: operation, milliseconds: milliseconds)
    guard let answer = try await postgres.execute(statement).first else { throw PaymentError.unknownPayment }
    return answer
  }

  func claimDue(limit: Int, leaseMilliseconds: Int) async throws -> [PendingOperation] {
    try await postgres.execute(ClaimDueOperations(limit: limit, leaseMilliseconds: leaseMilliseconds))
  }

  func receive(webhook: String, reference: Identifier?) async throws -> Bool {
    try await postgres.execute(HearWebhook(id: webhook, reference: reference)).first ?? false
  }

  /// Runs a statement that keeps an intent; nil if a guard refused it, or if its key was used before.
  private func intend<S: PostgresStatement>(_ statement: S) async throws -> S.Row? {
    Failpoint.beforeCommit.reach()
    do {
      let row = try await postgres.execute(statement).first
      Failpoint.afterCommit.reach()
      return row
    } catch let error as PostgresError where error.constraint == IdempotencyKeys.constraint {
      return nil
    }
  }

  /// What a request finds when its intent was not kept.
  private enum Found {
    /// The answer to an earlier request with the key: the first one, or that there is none yet.
    case answer(PaymentAnswer)
    /// The key is new, and the payment is there.
    case standing(PaymentState)
    case nothing
  }

  /// - Throws: ``IdempotencyKeyReused``; `PaymentError.inFlight` while the first request with the key is under way.
  private func look(for request: IdempotentRequest, at id: Identifier) async throws -> Found {
    for _ in 0..<3 {
      let first = try await postgres.execute(FindStoredResponse(principal: request.principal, key: request.key)).first
      if let first {
        guard first.fingerprint == request.fingerprint else { throw IdempotencyKeyReused() }
        if !first.body.isEmpty {
          let document = Document(id: first.subject, version: first.version, json: first.body, isReplay: true)
          return .answer(PaymentAnswer(document: document, isPending: false))
        }
      }
      guard let standing = try await postgres.execute(SelectStanding(id: id)).first else { return .nothing }
      if first == nil { return .standing(standing) }
      if standing.isInFlight { throw PaymentError.inFlight }
      if standing.pending != nil { return .answer(standing.answer) }
      // The outcome was recorded between the two looks, and the key has its answer by now.
    }
    throw PaymentError.inFlight
  }

  /// The answer to a request for which the card network need not be asked.
  private func answer(
    _ standing: PaymentState, _ verdict: PaymentRules.Verdict, _ operation: PaymentOperation, to request: IdempotentRequest
  ) async throws -> PaymentAnswer {
    switch verdict {
    case .asItIs:
      _ = try await postgres.execute(RememberAnswer(request: request, document: standing.document))
      return standing.answer
    case .wait: return standing.answer
    case .busy, .begin: throw PaymentError.busy(standing.pending)
    case .illegal: throw PaymentError.illegal(operation, standing.status)
    }
  }
}
