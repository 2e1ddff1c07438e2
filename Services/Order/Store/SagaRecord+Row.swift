import Contracts
import Persistence
import Postgres

extension SagaRecord: PostgresRowDecodable {
  /// The columns that ``init(decoding:)`` reads, of `checkout_sagas AS saga` and `order_snapshots AS orders`.
  static let columnsSQL = """
    saga.order_id, saga.payment_id, saga.customer_id, saga.amount, saga.token, saga.step, orders.status, saga.attempts,
      saga.payment, saga.delivery, saga.reason, saga.due_ms, saga.deadline_ms, saga.last_error,
      saga.awaits_payment, saga.version
    """

  init(decoding row: inout PostgresRow) throws {
    order = try row.next()
    payment = try row.next()
    customer = try row.next()
    amount = try row.next()
    token = try row.next()
    saga = try CheckoutSaga(
      step: row.next(), order: row.next(), attempts: row.next(), payment: row.next(), delivery: row.next(),
      reason: row.next())
    due = try row.next()
    deadline = try row.next()
    lastError = try row.next()
    awaitsPayment = try row.next()
    version = try row.next()
  }
}
