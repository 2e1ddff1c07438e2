import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Inserts a payment with its event, the pending authorization, and the request's idempotency key without a response.
///
/// No row if the id or the order has a payment.
struct InsertPayment: PostgresStatement {
  static let sql = """
    WITH payment AS (
      INSERT INTO payments (id, order_id, customer_id, amount, status, pending, operations, version, timeline)
      VALUES ($1, $2, $3, $4, 'requested', 'authorize', 1, 1, \(PaymentDocument.timelineEntry(version: "1", status: "'requested'")))
      ON CONFLICT DO NOTHING
      RETURNING *
    ), operation AS (
      INSERT INTO pending_operations (payment_id, number, operation, amount, token, due_at, traceparent)
      SELECT payment.id, payment.operations, payment.pending, payment.amount, $5, now() + make_interval(secs => $6 / 1000.0), $8
      FROM payment
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $7, 'payment.requested', payment.id, payment.version, $8 FROM payment
    ), remembered AS (
      INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
      SELECT $9, $10, $11, payment.id, payment.version, '' FROM payment
    )
    SELECT \(PendingOperation.columns) FROM payment CROSS JOIN operation
    """
  let payment: NewPayment
  let leaseMilliseconds: Int
  let event: OutboxEntry
  let request: IdempotentRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(payment.id.description)
    parameters.append(payment.orderId.description)
    parameters.append(payment.customerId.description)
    parameters.append(payment.amount.amount)
    parameters.append(payment.token)
    parameters.append(leaseMilliseconds)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> PendingOperation {
    try PendingOperation(decoding: &row)
  }
}

/// Stores an operation as pending if the payment's phase allows it; it replaces a pending authorization.
struct BeginOperation: PostgresStatement {
  static let sql = """
    WITH payment AS (
      UPDATE payments
      SET pending = $3, operations = operations + 1
      WHERE id = $1 AND version = coalesce($2, version)
        AND status || '/' || coalesce(pending, '') = ANY ($4::text[])
        AND ($5::bigint IS NULL OR $5 <= captured - refunded)
        AND ($6::uuid IS NULL OR order_id = $6)
      RETURNING *
    ), operation AS (
      INSERT INTO pending_operations (payment_id, number, operation, amount, due_at, traceparent)
      SELECT payment.id, payment.operations, payment.pending,
        CASE payment.pending WHEN 'refund' THEN coalesce($5, payment.captured - payment.refunded) ELSE payment.amount END,
        now() + make_interval(secs => $7 / 1000.0), $8
      FROM payment
      ON CONFLICT (payment_id) DO UPDATE
      SET number = EXCLUDED.number, operation = EXCLUDED.operation, amount = EXCLUDED.amount, token = NULL,
          due_at = EXCLUDED.due_at, attempts = 0, traceparent = EXCLUDED.traceparent
      RETURNING *
    ), remembered AS (
      INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
      SELECT $9, $10, $11, payment.id, payment.version, '' FROM payment
    )
    SELECT \(PendingOperation.columns) FROM payment CROSS JOIN operation
    """
  let command: PaymentCommand
  let leaseMilliseconds: Int
  let traceparent: String?
  let request: IdempotentRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(command.id.description)
    parameters.append(command.expectedVersion)
    parameters.append(command.operation.rawValue)
    parameters.append(
      PaymentRules.phases(allowing: command.operation).map { "\($0.status.rawValue)/\($0.pending?.rawValue ?? "")" })
    parameters.append(command.amount)
    parameters.append(command.orderId?.description)
    parameters.append(leaseMilliseconds)
    parameters.append(traceparent)
    IdempotentRequest.bind(request, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> PendingOperation {
    try PendingOperation(decoding: &row)
  }
}

/// Inserts a payment that is voided from its first version, so that a late authorization request with its id has no effect.
///
/// No row if the id or the order has a payment.
struct InsertVoidedPayment: PostgresStatement {
  static let sql = """
    WITH payment AS (
      INSERT INTO payments (id, order_id, customer_id, amount, status, version, timeline)
      VALUES ($1, $2, '\(Identifier.nilUUID)', 0, 'voided', 1, \(PaymentDocument.timelineEntry(version: "1", status: "'voided'")))
      ON CONFLICT DO NOTHING
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $3, 'payment.voided', payment.id, payment.version, $4 FROM payment
    ), answer AS (
      SELECT payment.id, payment.version, \(PaymentDocument.payment("payment")) AS document FROM payment
    ), remembered AS (
      INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
      SELECT $5, $6, $7, answer.id, answer.version, answer.document FROM answer
    )
    SELECT id, version, document FROM answer
    """
  let id: Identifier
  let orderId: Identifier
  let event: OutboxEntry
  let request: IdempotentRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(orderId.description)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Stores the response to a request that changed nothing, also for a key that had no response yet.
struct StoreResponse: PostgresStatement {
  static let sql = """
    INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (principal, key) DO UPDATE SET version = EXCLUDED.version, body = EXCLUDED.body
    WHERE idempotency_keys.body = ''
    """
  typealias Row = Void
  let request: IdempotentRequest
  let document: Document

  func bind(_ parameters: inout PostgresParameters) {
    IdempotentRequest.bind(request, &parameters)
    parameters.append(document.id.description)
    parameters.append(document.version)
    parameters.append(document.json)
  }
}

extension PendingOperation {
  /// The columns that ``init(decoding:)`` reads, of rows with the columns of `payments` and `pending_operations`.
  static let columns = """
    payment.id, payment.status, payment.amount, payment.captured, payment.refunded, payment.version, payment.authorization_id, \
    operation.number, operation.operation, operation.amount, operation.token, operation.attempts, operation.traceparent
    """

  init(decoding row: inout PostgresRow) throws {
    self.init(
      paymentId: try row.identifier(), status: try row.choice(PaymentStatus.self), paymentAmount: try row.next(Int64.self),
      captured: try row.next(Int64.self), refunded: try row.next(Int64.self), version: try row.next(Int64.self),
      authorization: try row.next(String?.self), number: try row.next(Int64.self),
      operation: try row.choice(PaymentOperation.self), amount: try row.next(Int64.self), token: try row.next(String?.self),
      attempts: try row.next(Int.self), traceparent: try row.next(String?.self))
  }
}

extension PostgresRow {
  /// The next column, a raw value of an enum.
  mutating func choice<Choice: RawRepresentable<String>>(_ type: Choice.Type) throws -> Choice {
    guard let choice = try optionalChoice(type) else { throw PostgresError(.decoding, message: "NULL is not a \(type)") }
    return choice
  }

  /// The next column, a raw value of an enum or NULL.
  mutating func optionalChoice<Choice: RawRepresentable<String>>(_ type: Choice.Type) throws -> Choice? {
    guard let text = try next(String?.self) else { return nil }
    guard let choice = Choice(rawValue: text) else { throw PostgresError(.decoding, message: "\(text) is not a \(type)") }
    return choice
  }
}
