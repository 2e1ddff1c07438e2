import Contracts
import Persistence
import Postgres

/// The common part of all operations: the idempotency key, the webhook, and the stored response.
struct OperationRecord: Sendable {
  let request: OperationRequest
  let webhook: Identifier

  /// The first three parameters: key, fingerprint, and the webhook's id.
  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(request.key)
    parameters.append(request.fingerprint)
    parameters.append(webhook)
  }

  /// The end of the statement of an operation, after its CTE `changed` with the changed authorization.
  ///
  /// - Parameters:
  ///   - kind: the stored name of the operation.
  ///   - amount: an SQL expression.
  ///   - event: the webhook's type, an SQL expression over `changed`; NULL for none.
  ///   - unchanged: a condition under which an unchanged authorization is the response as well.
  static func sql(kind: String, amount: String, event: String, orUnchanged unchanged: String = "false") -> String {
    """
    webhook AS (
      INSERT INTO webhooks (id, type, authorization_id, reference)
      SELECT $3, \(event), changed.id, changed.reference FROM changed WHERE \(event) IS NOT NULL
    ), found AS (
      SELECT * FROM changed
      UNION ALL
      SELECT * FROM authorizations WHERE (\(unchanged)) AND NOT EXISTS (SELECT FROM changed)
    ), response AS (
      SELECT found.id, \(AuthorizationDocument.authorization("found")) AS document FROM found
    ), operation AS (
      INSERT INTO operations (key, fingerprint, kind, authorization_id, amount, body)
      SELECT $1, $2, '\(kind)', id, \(amount), document FROM response
    )
    SELECT id, document FROM response
    """
  }
}

extension OperationResult: PostgresRowDecodable {
  init(decoding row: inout PostgresRow) throws {
    try self.init(decoding: &row, isReplay: false)
  }

  init(decoding row: inout PostgresRow, isReplay: Bool) throws {
    try self.init(id: row.next(), json: row.next(), isReplay: isReplay)
  }
}

/// Approves or declines an authorization; declines one that was reversed before. No row if the reference has an authorization.
struct InsertAuthorization: PostgresStatement {
  typealias Row = OperationResult
  static let sql = """
    WITH changed AS (
      INSERT INTO authorizations (id, reference, amount, status, decline_code)
      VALUES ($4, $5, $6, CASE WHEN $7::text IS NULL THEN 'approved' ELSE 'declined' END, $7)
      ON CONFLICT ON CONSTRAINT authorizations_reference DO UPDATE
      SET amount = EXCLUDED.amount, status = 'declined', decline_code = 'reversed'
      WHERE authorizations.status = 'reversed'
      RETURNING *
    ), \(OperationRecord.sql(kind: "authorize", amount: "$6", event: "'authorization.' || changed.status"))
    """
  let record: OperationRecord
  let id: Identifier
  let authorization: NewAuthorization

  func bind(_ parameters: inout PostgresParameters) {
    record.bind(&parameters)
    parameters.append(id)
    parameters.append(authorization.reference)
    parameters.append(authorization.amount)
    parameters.append(authorization.token.declineCode)
  }
}

/// Captures an approved authorization, in full or in part; once.
struct CaptureAuthorization: PostgresStatement {
  typealias Row = OperationResult
  static let sql = """
    WITH changed AS (
      UPDATE authorizations
      SET captured = $5
      WHERE id = $4 AND status = 'approved' AND captured = 0 AND $5 <= amount
      RETURNING *
    ), \(OperationRecord.sql(kind: "capture", amount: "$5", event: "'authorization.captured'"))
    """
  let record: OperationRecord
  let id: Identifier
  let amount: Int64

  func bind(_ parameters: inout PostgresParameters) {
    record.bind(&parameters)
    parameters.append(id)
    parameters.append(amount)
  }
}

/// Refunds a part of the captured amount.
struct RefundAuthorization: PostgresStatement {
  typealias Row = OperationResult
  static let sql = """
    WITH changed AS (
      UPDATE authorizations
      SET refunded = refunded + $5
      WHERE id = $4 AND status = 'approved' AND $5 <= captured - refunded
      RETURNING *
    ), \(OperationRecord.sql(kind: "refund", amount: "$5", event: "'authorization.refunded'"))
    """
  let record: OperationRecord
  let id: Identifier
  let amount: Int64

  func bind(_ parameters: inout PostgresParameters) {
    record.bind(&parameters)
    parameters.append(id)
    parameters.append(amount)
  }
}

/// Voids an approved authorization that was not captured.
struct VoidAuthorization: PostgresStatement {
  typealias Row = OperationResult
  static let sql = """
    WITH changed AS (
      UPDATE authorizations
      SET status = 'voided'
      WHERE id = $4 AND status = 'approved' AND captured = 0
      RETURNING *
    ), \(OperationRecord.sql(
      kind: "void", amount: "0", event: "'authorization.voided'", orUnchanged: "id = $4 AND status = 'voided'"))
    """
  let record: OperationRecord
  let id: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    record.bind(&parameters)
    parameters.append(id)
  }
}

/// Voids an authorization by reference; an unknown reference is stored as reversed.
struct ReverseAuthorization: PostgresStatement {
  typealias Row = OperationResult
  static let sql = """
    WITH changed AS (
      INSERT INTO authorizations (id, reference, amount, status)
      VALUES ($4, $5, 0, 'reversed')
      ON CONFLICT ON CONSTRAINT authorizations_reference DO UPDATE
      SET status = 'voided'
      WHERE authorizations.status = 'approved' AND authorizations.captured = 0
      RETURNING *
    ), \(OperationRecord.sql(
      kind: "reverse", amount: "0", event: "CASE changed.status WHEN 'voided' THEN 'authorization.voided' END",
      orUnchanged: "reference = $5 AND status <> 'approved'"))
    """
  let record: OperationRecord
  let id: Identifier
  let reference: String

  func bind(_ parameters: inout PostgresParameters) {
    record.bind(&parameters)
    parameters.append(id)
    parameters.append(reference)
  }
}
