import Contracts
import Events
import Persistence
import Postgres

/// Records the outcome of an operation: the payment's next version, its event, the ledger transaction, and the response to the waiting
/// requests. No row if the operation is no longer the pending one.
struct RecordChange: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE payments
      SET status = $4, captured = $5, refunded = $6, decline_reason = $7,
          authorization_id = coalesce($8, authorization_id), pending = NULL,
          version = version + 1, updated_at = now(),
          timeline = timeline || \(PaymentDocument.timelineEntry(version: "version + 1", status: "$4"))
      WHERE id = $1 AND version = $2 AND operations = $3 AND pending IS NOT NULL
      RETURNING *
    ), operation AS (
      DELETE FROM pending_operations USING changed WHERE pending_operations.payment_id = changed.id
    ), event AS (
      \(Outbox.insert(type: "$11", from: 9))
    ), ledger_transaction AS (
      INSERT INTO ledger_transactions (transaction_id, payment_id, version, kind, amount)
      SELECT $12, id, version, $13, $14 FROM changed WHERE $13::text IS NOT NULL
      RETURNING transaction_id
    ), entries AS (
      INSERT INTO ledger_entries (transaction_id, account, debit, credit)
      SELECT transaction_id, posting.account::ledger_account, posting.debit, posting.credit
      FROM ledger_transaction CROSS JOIN unnest($15::text[], $16::bigint[], $17::bigint[]) AS posting (account, debit, credit)
    ), response AS (
      SELECT changed.id, changed.version, \(PaymentDocument.payment("changed")) AS document FROM changed
    ), stored AS (
      UPDATE idempotency_keys
      SET version = response.version, body = response.document
      FROM response
      WHERE $18 AND idempotency_keys.subject = response.id AND idempotency_keys.body = ''
    ), released AS (
      DELETE FROM idempotency_keys USING response
      WHERE NOT $18 AND idempotency_keys.subject = response.id AND idempotency_keys.body = ''
    )
    SELECT id, version, document FROM response
    """
  let operation: PendingOperation
  let change: PaymentChange
  let authorization: String?
  let event: OutboxEntry
  let transaction: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    operation.bindGuard(&parameters)
    parameters.append(change.status)
    parameters.append(change.captured)
    parameters.append(change.refunded)
    parameters.append(change.declineReason)
    parameters.append(authorization)
    event.bind(&parameters)
    parameters.append(change.event)
    parameters.append(transaction)
    parameters.append(change.movement?.kind)
    parameters.append(change.movement?.amount)
    let postings = change.movement?.postings ?? []
    parameters.append(postings.map(\.account))
    parameters.append(postings.map(\.debit))
    parameters.append(postings.map(\.credit))
    parameters.append(change.isAsRequested)
  }
}

/// Records that the card network rejected an operation: the payment is unchanged, and the waiting idempotency keys are released.
struct RecordRefusal: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH payment AS (
      UPDATE payments
      SET pending = NULL
      WHERE id = $1 AND version = $2 AND operations = $3 AND pending IS NOT NULL
      RETURNING *
    ), operation AS (
      DELETE FROM pending_operations USING payment WHERE pending_operations.payment_id = payment.id
    ), released AS (
      DELETE FROM idempotency_keys USING payment
      WHERE idempotency_keys.subject = payment.id AND idempotency_keys.body = ''
    )
    SELECT payment.id, payment.version, \(PaymentDocument.payment("payment")) FROM payment
    """
  let operation: PendingOperation

  func bind(_ parameters: inout PostgresParameters) {
    operation.bindGuard(&parameters)
  }
}

/// Schedules the next attempt of an operation, and reads the payment, whether or not the operation is still pending.
struct PostponeOperation: PostgresStatement {
  static let sql = """
    WITH operation AS (
      UPDATE pending_operations
      SET due_at = now() + make_interval(secs => $3 / 1000.0), attempts = greatest(attempts, 1)
      WHERE payment_id = $1 AND number = $2
    )
    SELECT payments.id, payments.version, \(PaymentDocument.payment("payments")), payments.pending IS NOT NULL
    FROM payments
    WHERE payments.id = $1
    """
  let operation: PendingOperation
  let milliseconds: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(operation.paymentId)
    parameters.append(operation.number)
    parameters.append(milliseconds)
  }

  static func decode(_ row: inout PostgresRow) throws -> PaymentResult {
    PaymentResult(document: try Document(decoding: &row), isPending: try row.next(Bool.self))
  }
}

/// Claims due operations, each for one instance: concurrent claims skip locked rows, and the lease postpones the next claim.
struct ClaimDueOperations: PostgresStatement {
  typealias Row = PendingOperation
  static let sql = """
    WITH due AS (
      SELECT payment_id FROM pending_operations WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
    ), operation AS (
      UPDATE pending_operations
      SET due_at = now() + make_interval(secs => $2 / 1000.0), attempts = attempts + 1
      FROM due
      WHERE pending_operations.payment_id = due.payment_id
      RETURNING pending_operations.*
    )
    SELECT \(PendingOperation.columns) FROM operation JOIN payments AS payment ON payment.id = operation.payment_id
    """
  let limit: Int
  let leaseMilliseconds: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limit)
    parameters.append(leaseMilliseconds)
  }
}

extension PendingOperation {
  /// Three parameters: the payment, its version, and the operation's number. An operation that replaced this one has another number.
  fileprivate func bindGuard(_ parameters: inout PostgresParameters) {
    parameters.append(paymentId)
    parameters.append(version)
    parameters.append(number)
  }
}
