import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Payments by their ids; only those of the customer, if one is given.
struct SelectPayments: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT payments.id, payments.version, \(PaymentDocument.payment("payments"))
    FROM payments
    WHERE payments.id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR customer_id = $2)
    """
  let ids: [Identifier]
  let customer: Identifier?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
    parameters.append(customer?.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// The payment of an order; only if it is the customer's, if one is given.
struct SelectPaymentOfOrder: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT payments.id, payments.version, \(PaymentDocument.payment("payments"))
    FROM payments
    WHERE order_id = $1 AND ($2::uuid IS NULL OR customer_id = $2)
    """
  let order: Identifier
  let customer: Identifier?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(order.description)
    parameters.append(customer?.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// The state of a payment; read only after an intent was not stored.
struct SelectPaymentState: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT payments.id, payments.version, \(PaymentDocument.payment("payments")),
      payments.order_id, payments.customer_id, payments.amount, payments.status, payments.pending,
      payments.captured - payments.refunded, coalesce(operation.attempts = 0 AND operation.due_at > now(), false)
    FROM payments LEFT JOIN pending_operations AS operation ON operation.payment_id = payments.id
    WHERE payments.id = $1
    """
  let id: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> PaymentState {
    PaymentState(
      document: try Document(decoding: &row), orderId: try row.identifier(), customerId: try row.identifier(),
      amount: Money(amount: try row.next(Int64.self)), status: try row.choice(PaymentStatus.self),
      pending: try row.optionalChoice(PaymentOperation.self), left: try row.next(Int64.self),
      isInFlight: try row.next(Bool.self))
  }
}

/// Ids and versions after a cursor: all of them, or those that changed since a time.
struct SelectVersions: VersionPageStatement {
  static let sql = """
    SELECT id, version, false
    FROM payments
    \(VersionPage.sql())
    """
  let page: VersionPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// The payments of a republish request after a cursor, each with its version and the event type of its status.
struct SelectRepublishSubjects: RepublishPageStatement {
  static let sql = """
    SELECT id, version, status
    FROM payments
    \(RepublishPage.sql)
    """
  let page: RepublishPage

  static func decode(_ row: inout PostgresRow) throws -> RepublishSubject {
    RepublishSubject(
      id: try row.identifier(), version: try row.next(Int64.self),
      type: EventType(rawValue: "payment.\(try row.choice(PaymentStatus.self).rawValue)"))
  }
}

/// The number of payments of a republish request.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM payments WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
