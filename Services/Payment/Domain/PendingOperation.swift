import Contracts

/// Something that the card network was asked for, or is about to be, and has not been heard to have done; with the payment that it is about.
struct PendingOperation: Hashable, Sendable {
  let paymentId: Identifier
  let status: PaymentStatus
  /// In won, as the next three.
  let paymentAmount: Int64
  let captured: Int64
  let refunded: Int64
  /// The payment's.
  let version: Int64
  /// The network's id of the authorization, once it is known.
  let authorization: String?

  /// How many operations the payment has had, this one included.
  let number: Int64
  let operation: PaymentOperation
  let amount: Int64
  /// Of the card; only while an authorization may have to be sent again.
  let token: String?
  /// How often somebody has begun to find out what came of it; 0 while the request that asked for it is under way.
  let attempts: Int
  let traceparent: String?

  /// The network's idempotency key: the same however often the operation is sent.
  var key: String { "\(paymentId)-\(operation.rawValue)-\(number)" }

  /// What to send; `nil` for an authorization whose token is gone, and for what needs an authorization that is not known.
  var request: ProviderRequest? {
    switch operation {
    case .authorize: token.map { .authorize(reference: paymentId, amount: amount, token: $0) }
    case .capture: authorization.map { .capture(authorization: $0, amount: amount) }
    case .void: authorization.map { .void(authorization: $0) } ?? .reverse(reference: paymentId)
    case .refund: authorization.map { .refund(authorization: $0, amount: amount) }
    }
  }

  /// Whether the network's state can tell that it was done. A reversal is for what may come yet, so it has to be sent.
  var canBeAskedFor: Bool { operation != .void || authorization != nil }

  /// The bound of the pause before the next try, in milliseconds.
  var longestPause: Int { attempts == 0 ? 0 : min(250 << min(attempts - 1, 8), 5000) }
}

/// What came of an operation at the card network.
enum Outcome: Hashable, Sendable {
  case done
  case declined(String)
  /// The network no longer holds the authorization.
  case withdrawn
  case refused(String)
}

extension PendingOperation {
  /// What the network's state says of the operation; `nil` if it has not been done.
  func outcome(seeing found: Authorization) -> Outcome? {
    switch (operation, found.status) {
    case (.authorize, .approved): .done
    case (.authorize, .declined): .declined(found.declineReason ?? "declined")
    case (.authorize, .voided), (.authorize, .reversed): .withdrawn
    case (.capture, .approved): found.captured >= amount ? .done : nil
    case (.capture, .declined), (.capture, .voided), (.capture, .reversed): .withdrawn
    case (.void, .approved): found.captured > 0 ? .refused("captured") : nil
    case (.void, .voided), (.void, .reversed): .done
    case (.void, .declined): .declined(found.declineReason ?? "declined")
    // One refund at a time, so whatever is more than before is this one.
    case (.refund, .approved): found.refunded >= refunded + amount ? .done : nil
    case (.refund, .declined), (.refund, .voided), (.refund, .reversed): .refused(found.status.rawValue)
    }
  }

  func outcome(of answer: ProviderAnswer) -> Outcome? {
    switch answer {
    case .authorization(let authorization): outcome(seeing: authorization)
    case .reversed: .done
    }
  }
}
