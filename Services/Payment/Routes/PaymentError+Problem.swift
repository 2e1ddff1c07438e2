import Contracts
import HTTPTypes
import Web

/// The problem document of a rejected command.
extension PaymentError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownPayment: .notFound("payment_not_found", "the payment does not exist")
    case .paymentExists: .conflict("payment_exists", "the payment belongs to another order, or has another amount or customer")
    case .orderHasPayment: .conflict("order_has_payment", "the order has another payment")
    case .illegal(let operation, let status):
      .conflict("illegal_transition", "\(operation.rawValue) is not possible while the payment is \(status.rawValue)")
    case .busy(let pending):
      Self.retryable(
        "operation_pending", "\(pending?.rawValue ?? "another operation") is pending, and its outcome is unknown")
    case .inFlight: Self.retryable("request_in_flight", "the first request with this Idempotency-Key is still being processed")
    case .refundTooLarge(let left): .conflict("refund_too_large", "at most \(left) won can be refunded")
    case .refused(let operation, let reason):
      .conflict("refused_by_network", "the card network rejected the \(operation.rawValue): \(reason)")
    case .versionMismatch(let current): .versionMismatch(current: current)
    }
  }

  private static func retryable(_ code: String, _ detail: String) -> Problem {
    Problem(.conflict, code: code, detail: detail, headers: [.retryAfter: "1"])
  }
}
