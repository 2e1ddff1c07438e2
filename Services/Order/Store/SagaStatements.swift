import Contracts
import Persistence
import Postgres

struct SelectSagas: PostgresStatement {
  typealias Row = SagaRecord
  static let isReadOnly = true
  static let sql = """
    SELECT \(SagaRecord.columnsSQL)
    FROM checkout_sagas AS saga
    JOIN order_snapshots AS orders ON orders.order_id = saga.order_id
    WHERE saga.order_id = ANY ($1::uuid[])
    """
  let orders: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(orders)
  }
}

/// Claims sagas that are due, the longest due first, by postponing them to the end of a lease. Rows that another instance is
/// claiming are skipped. The row's version does not change.
struct ClaimDueSagas: PostgresStatement {
  static let sql = """
    WITH due AS (
      SELECT order_id, due_ms FROM checkout_sagas WHERE due_ms <= $1 ORDER BY due_ms LIMIT $3 FOR UPDATE SKIP LOCKED
    ), saga AS (
      UPDATE checkout_sagas SET due_ms = $2 FROM due WHERE checkout_sagas.order_id = due.order_id
      RETURNING checkout_sagas.*, due.due_ms AS was_due_ms
    )
    SELECT saga.was_due_ms, \(SagaRecord.columnsSQL)
    FROM saga
    JOIN order_snapshots AS orders ON orders.order_id = saga.order_id
    """
  let now: Int64
  let lease: Int64
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(now)
    parameters.append(lease)
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> DueSaga {
    try DueSaga(due: row.next(), record: SagaRecord(decoding: &row))
  }
}

/// The orders whose sagas do not know the outcome of their last call about one of these payments.
struct SelectAwaitedPayments: PostgresStatement {
  typealias Row = Identifier
  static let isReadOnly = true
  static let sql = "SELECT order_id FROM checkout_sagas WHERE payment_id = ANY ($1::uuid[]) AND awaits_payment"
  let payments: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(payments)
  }
}

/// Writes a change that leaves the order unchanged; returns no row if the saga does not have the expected version.
struct UpdateSaga: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    UPDATE checkout_sagas
    SET \(SagaChange.assignmentsSQL(from: 2))
    WHERE order_id = $1 AND \(SagaChange.guardSQL("checkout_sagas", from: 2))
    RETURNING version
    """
  let order: Identifier
  let change: SagaChange

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(order)
    change.bind(&parameters)
  }
}

/// The number of sagas that have not ended, by status. `due_ms` is NULL for all others, which are not in its partial index.
struct CountOpenSagas: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT status, count(*) FROM checkout_sagas WHERE due_ms IS NOT NULL GROUP BY status"

  static func decode(_ row: inout PostgresRow) throws -> (SagaStatus, Int64) {
    try (row.next(), row.next())
  }
}

/// The saga of an order, if the viewer may see the order.
struct SelectSagaView: VisibleOrderQuery {
  static let sql = """
    SELECT saga.step, saga.status, saga.attempts, saga.deadline_ms, saga.last_error, saga.reason, saga.history::text, saga.version
    FROM checkout_sagas AS saga
    JOIN order_snapshots AS orders ON orders.order_id = saga.order_id
    WHERE saga.order_id = $1 AND \(OrderSQL.visible("orders", from: 2))
    """
  let id: Identifier
  let viewer: OrderActor

  static func decode(_ row: inout PostgresRow) throws -> SagaView {
    try SagaView(
      step: row.next(), status: row.next(), attempts: row.next(), deadline: row.next(), lastError: row.next(),
      reason: row.next(), history: row.next(), version: row.next())
  }
}
