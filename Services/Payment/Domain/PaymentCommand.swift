import Contracts

/// An operation on an existing payment, with its preconditions.
struct PaymentCommand: Hashable, Sendable {
  let operation: PaymentOperation
  let id: Identifier
  /// The order of the payment, if the client states it.
  var orderId: Identifier?
  /// Of a refund, in won; without it, all of the rest.
  var amount: Int64?
  /// The version in `If-Match`, if there is one.
  var expectedVersion: Int64?
}

/// The payment after a command.
struct PaymentResult: Hashable, Sendable {
  var document: Document
  /// Whether an operation is pending at the card network.
  var isPending: Bool
}

/// Why a command was rejected.
enum PaymentError: Error, Hashable {
  case unknownPayment
  /// The id belongs to a payment with another order, customer or amount.
  case paymentExists
  /// The order has a payment with another id.
  case orderHasPayment
  case illegal(PaymentOperation, PaymentStatus)
  /// Another operation is pending: this one, if it is known.
  case busy(PaymentOperation?)
  /// The first request with the idempotency key is still being processed.
  case inFlight
  /// `left` is the refundable amount in won.
  case refundTooLarge(left: Int64)
  /// The card network rejected the operation, for this reason.
  case refused(PaymentOperation, String)
  case versionMismatch(current: Int64)
}
