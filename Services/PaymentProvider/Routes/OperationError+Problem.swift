import Web

/// The problem document of a rejected operation.
extension OperationError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownAuthorization: .notFound("authorization_not_found", "the authorization does not exist")
    case .illegal(let operation, let status):
      .conflict("illegal_transition", "an authorization that is \(status) cannot be \(operation.participle)")
    case .alreadyCaptured: .conflict("already_captured", "the amount was captured before")
    case .amountExceeded(let limit): .conflict("amount_exceeded", "the amount may be at most \(limit) won")
    case .referenceTaken: .conflict("reference_taken", "the reference has an authorization")
    case .keyReused: .idempotencyKeyReused
    case .contended: .unavailable("concurrent operations are changing the authorization; try again")
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
