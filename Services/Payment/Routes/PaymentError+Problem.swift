import Contracts
import HTTPTypes
import Hummingbird
import Web

/// How a client sees that a command was refused.
extension PaymentError: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .unknownPayment: .notFound("payment_not_found", "there is no such payment")
    case .paymentExists: .conflict("payment_exists", "the payment belongs to another order, or is of another amount or customer")
    case .orderHasPayment: .conflict("order_has_payment", "the order has another payment already")
    case .illegal(let operation, let status):
      .conflict("illegal_transition", "a payment that is \(status.rawValue) has no \(operation.rawValue)")
    case .busy(let pending):
      Self.later(
        "operation_pending", "what came of \(pending.map { "the \($0.rawValue)" } ?? "another operation") is not known yet")
    case .inFlight: Self.later("request_in_flight", "the first request with this Idempotency-Key is still under way")
    case .refundTooLarge(let left): .conflict("refund_too_large", "only \(left) won are left to refund")
    case .refused(let operation, let reason):
      .conflict("refused_by_network", "the card network refused the \(operation.rawValue): \(reason)")
    case .versionMismatch(let current): .versionMismatch(current: current)
    }
  }

  private static func later(_ code: String, _ detail: String) -> Problem {
    Problem(.conflict, code: code, detail: detail, headers: [.retryAfter: "1"])
  }
}
