import Persistence
import Contracts
import Idempotency
import Postgres

/// The row of a saga, with where its order stands.
struct SagaRecord: Hashable, Sendable {
  let order: Identifier
  let payment: Identifier
  let customer: Identifier
  let amount: Money
  /// Stands for the card, until the authorization is known.
  var token: String?
  var saga: CheckoutSaga
  var due: Int64?
  var deadline: Int64?
  var lastError: String?
  /// What became of the last call to payment is not known.
  var awaitsPayment: Bool
  var version: Int64

  /// The key under which a command may be sent any number of times.
  func idempotencyKey(_ command: String) -> String { "checkout-\(order)-\(command)" }
}

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
      step: try row.choice(), order: try row.choice(), attempts: try row.next(Int.self), payment: try row.optionalChoice(),
      delivery: try row.optionalChoice(), reason: try row.next(String?.self))
    due = try row.next(Int64?.self)
    deadline = try row.next(Int64?.self)
    lastError = try row.next(String?.self)
    awaitsPayment = try row.next(Bool.self)
    version = try row.next(Int64.self)
  }
}

extension PostgresRow {
  /// The next column, one of the raw values of a closed list.
  fileprivate mutating func choice<Choice: RawRepresentable<String>>(_ type: Choice.Type = Choice.self) throws -> Choice {
    guard let choice = try optionalChoice(type) else { throw PostgresError(.decoding, message: "NULL is no \(type)") }
    return choice
  }

  fileprivate mutating func optionalChoice<Choice: RawRepresentable<String>>(_ type: Choice.Type = Choice.self) throws -> Choice?
  {
    guard let text = try next(String?.self) else { return nil }
    guard let choice = Choice(rawValue: text) else { throw PostgresError(.decoding, message: "\(text) is no \(type)") }
    return choice
  }
}
