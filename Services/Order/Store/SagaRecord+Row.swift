import Contracts
import Persistence
import Postgres

extension SagaRecord {
  /// The columns that ``init(decoding:)`` reads, of `checkout_sagas AS saga` and `order_snapshots AS orders`.
  static let columnsSQL = """
    saga.order_id, saga.payment_id, saga.customer_id, saga.amount, saga.token, saga.step, orders.status, saga.attempts,
      saga.payment, saga.delivery, saga.reason, saga.due_ms, saga.deadline_ms, saga.last_error,
      saga.awaits_payment, saga.version
    """

  init(decoding row: inout PostgresRow) throws {
    order = try row.identifier()
    payment = try row.identifier()
    customer = try row.identifier()
    amount = Money(amount: try row.next(Int64.self))
    token = try row.next(String?.self)
    saga = CheckoutSaga(
      step: try row.rawValue(), order: try row.rawValue(), attempts: try row.next(Int.self),
      payment: try row.optionalRawValue(), delivery: try row.optionalRawValue(), reason: try row.next(String?.self))
    due = try row.next(Int64?.self)
    deadline = try row.next(Int64?.self)
    lastError = try row.next(String?.self)
    awaitsPayment = try row.next(Bool.self)
    version = try row.next(Int64.self)
  }
}

extension PostgresRow {
  /// The next column, as the raw value of an enumeration.
  mutating func rawValue<Value: RawRepresentable<String>>(_ type: Value.Type = Value.self) throws -> Value {
    guard let value = try optionalRawValue(type) else { throw PostgresError(.decoding, message: "NULL is not a \(type)") }
    return value
  }

  mutating func optionalRawValue<Value: RawRepresentable<String>>(_ type: Value.Type = Value.self) throws -> Value? {
    guard let text = try next(String?.self) else { return nil }
    guard let value = Value(rawValue: text) else { throw PostgresError(.decoding, message: "\(text) is not a \(type)") }
    return value
  }
}
