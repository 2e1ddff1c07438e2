import Hummingbird
import Web

/// How a caller sees that an operation was refused.
extension OperationError: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .unknownAuthorization: .notFound("authorization_not_found", "the network knows no such authorization")
    case .illegal(let operation, let status):
      .conflict("illegal_transition", "the authorization is \(status), so it can't be \(operation.participle)")
    case .alreadyCaptured: .conflict("already_captured", "the money was captured already")
    case .amountExceeded(let limit): .conflict("amount_exceeded", "the amount may be at most \(limit) won")
    case .referenceTaken: .conflict("reference_taken", "the reference has an authorization already")
    case .keyReused:
      Problem(
        .unprocessableContent, code: "idempotency_key_reused",
        detail: "the Idempotency-Key was used before, for a request with another body")
    case .contended: .unavailable("others are changing the authorization; try again")
    }
  }
}

extension Operation {
  fileprivate var participle: String {
    switch self {
    case .capture: "captured"
    case .refund: "refunded"
    case .void: "voided"
    case .reverse: "reversed"
    }
  }
}
