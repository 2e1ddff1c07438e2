import Contracts
import Events
import Persistence
import Postgres

/// Payments by their ids; only those of the customer, if one is given.
struct SelectPayments: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT payments.id, payments.version, \(PaymentDocument.payment("payments"))
    FROM payments
    WHERE payments.id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR customer_id = $2)
    """
  let ids: [Identifier]
  let customer: Identifier?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
    parameters.append(customer)
  }
}

/// The payment of an order; only if it is the customer's, if one is given.
struct SelectPaymentOfOrder: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT payments.id, payments.version, \(PaymentDocument.payment("payments"))
    FROM payments
    WHERE order_id = $1 AND ($2::uuid IS NULL OR customer_id = $2)
    """
  let order: Identifier
  let customer: Identifier?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(order)
    parameters.append(customer)
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
    parameters.append(id)
  }

  static func decode(_ row: inout PostgresRow) throws -> PaymentState {
    try PaymentState(
      document: Document(decoding: &row), orderId: row.next(), customerId: row.next(), amount: row.next(),
      status: row.next(), pending: row.next(), left: row.next(), isInFlight: row.next())
  }
}

/// The payments, which are never deleted.
enum PaymentTable: AggregateTable {
  static let rows = "payments"
  static let eventType = EventType.sql(for: "status", \PaymentStatus.event)
}

extension PaymentStatus {
  /// The event that announces this status.
  fileprivate var event: EventType {
    switch self {
    case .requested: .paymentRequested
    case .authorized: .paymentAuthorized
    case .declined: .paymentDeclined
    case .captured: .paymentCaptured
    case .voided: .paymentVoided
    case .refunded: .paymentRefunded
    }
  }
}
