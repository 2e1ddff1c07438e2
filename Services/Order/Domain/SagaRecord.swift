import Contracts

/// A saga's row with the status of its order. Times are saga time in milliseconds.
struct SagaRecord: Hashable, Sendable {
  let order: Identifier
  let payment: Identifier
  let customer: Identifier
  let amount: Money
  /// The card's token; deleted when the authorization's outcome is known.
  var token: String?
  var saga: CheckoutSaga
  var due: Int64?
  var deadline: Int64?
  var lastError: String?
  /// The outcome of the last call to payment is unknown.
  var awaitsPayment: Bool
  var version: Int64

  /// The `Idempotency-Key` of a command; every attempt uses the same one.
  func idempotencyKey(_ command: String) -> String { "checkout-\(order)-\(command)" }
}

/// A saga that was claimed.
struct DueSaga: Sendable {
  /// When it became due.
  var due: Int64
  var record: SagaRecord
}
