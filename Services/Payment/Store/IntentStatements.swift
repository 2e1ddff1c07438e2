import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// Inserts a payment with its event, the pending authorization, and the request's idempotency key without a response.
///
/// No row if the id or the order has a payment.
struct InsertPayment: PostgresStatement {
  typealias Row = PendingOperation
  static let sql = """
    WITH changed AS (
      INSERT INTO payments (id, order_id, customer_id, amount, status, pending, operations, version, timeline)
      VALUES ($1, $2, $3, $4, 'requested', 'authorize', 1, 1, \(PaymentDocument.timelineEntry(version: "1", status: "'requested'")))
      ON CONFLICT DO NOTHING
      RETURNING *
    ), operation AS (
      INSERT INTO pending_operations (payment_id, number, operation, amount, token, due_at, traceparent)
      SELECT id, operations, pending, amount, $5, now() + make_interval(secs => $6 / 1000.0), $8 FROM changed
      RETURNING *
    ), event AS (
      \(Outbox.insert(.paymentRequested, from: 7))
    ), stored AS (
      \(IdempotencyKeys.insert(from: 9, of: "changed", body: "''"))
    )
    SELECT \(PendingOperation.columns) FROM changed AS payment CROSS JOIN operation
    """
  let payment: NewPayment
  let leaseMilliseconds: Int
  let event: OutboxEntry
  let request: IdempotentRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(payment.id)
    parameters.append(payment.orderId)
    parameters.append(payment.customerId)
    parameters.append(payment.amount)
    parameters.append(payment.token)
    parameters.append(leaseMilliseconds)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// Stores an operation as pending if the payment's phase allows it; it replaces a pending authorization.
struct BeginOperation: PostgresStatement {
  typealias Row = PendingOperation
  static let sql = """
    WITH changed AS (
      UPDATE payments
      SET pending = $3, operations = operations + 1
      WHERE id = $1 AND version = coalesce($2, version)
        AND status || '/' || coalesce(pending, '') = ANY ($4::text[])
        AND ($5::bigint IS NULL OR $5 <= captured - refunded)
        AND ($6::uuid IS NULL OR order_id = $6)
      RETURNING *
    ), operation AS (
      INSERT INTO pending_operations (payment_id, number, operation, amount, due_at, traceparent)
      SELECT id, operations, pending, CASE pending WHEN 'refund' THEN coalesce($5, captured - refunded) ELSE amount END,
        now() + make_interval(secs => $7 / 1000.0), $8
      FROM changed
      ON CONFLICT (payment_id) DO UPDATE
      SET number = EXCLUDED.number, operation = EXCLUDED.operation, amount = EXCLUDED.amount, token = NULL,
          due_at = EXCLUDED.due_at, attempts = 0, traceparent = EXCLUDED.traceparent
      RETURNING *
    ), stored AS (
      \(IdempotencyKeys.insert(from: 9, of: "changed", body: "''"))
    )
    SELECT \(PendingOperation.columns) FROM changed AS payment CROSS JOIN operation
    """
  let command: PaymentCommand
  let leaseMilliseconds: Int
  let traceparent: String?
  let request: IdempotentRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(command.id)
    parameters.append(command.expectedVersion)
    parameters.append(command.operation)
    parameters.append(
      PaymentRules.phases(allowing: command.operation).map { "\($0.status.rawValue)/\($0.pending?.rawValue ?? "")" })
    parameters.append(command.amount)
    parameters.append(command.orderId)
    parameters.append(leaseMilliseconds)
    parameters.append(traceparent)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// Inserts a payment that is voided from its first version, so that a late authorization request with its id has no effect.
///
/// No row if the id or the order has a payment.
struct InsertVoidedPayment: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      INSERT INTO payments (id, order_id, customer_id, amount, status, version, timeline)
      VALUES ($1, $2, '\(Identifier.nilUUID)', 0, 'voided', 1, \(PaymentDocument.timelineEntry(version: "1", status: "'voided'")))
      ON CONFLICT DO NOTHING
      RETURNING *
    ), event AS (
      \(Outbox.insert(.paymentVoided, from: 3))
    ), response AS (
      SELECT changed.id, changed.version, \(PaymentDocument.payment("changed")) AS document FROM changed
    ), stored AS (
      \(IdempotencyKeys.insert(from: 5))
    )
    SELECT id, version, document FROM response
    """
  let id: Identifier
  let orderId: Identifier
  let event: OutboxEntry
  let request: IdempotentRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(orderId)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
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
  let request: IdempotentRequest
  let document: Document

  func bind(_ parameters: inout PostgresParameters) {
    IdempotentRequest.bind(request, &parameters)
    parameters.append(document.id)
    parameters.append(document.version)
    parameters.append(document.json)
  }
}

extension PendingOperation: PostgresRowDecodable {
  /// The columns that ``init(decoding:)`` reads, of rows with the columns of `payments` and `pending_operations`.
  static let columns = """
    payment.id, payment.status, payment.amount, payment.captured, payment.refunded, payment.version, payment.authorization_id, \
    operation.number, operation.operation, operation.amount, operation.token, operation.attempts, operation.traceparent
    """

  init(decoding row: inout PostgresRow) throws {
    try self.init(
      paymentId: row.next(), status: row.next(), paymentAmount: row.next(), captured: row.next(), refunded: row.next(),
      version: row.next(), authorization: row.next(), number: row.next(), operation: row.next(), amount: row.next(),
      token: row.next(), attempts: row.next(), traceparent: row.next())
  }
}
