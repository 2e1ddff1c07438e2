import Contracts

/// An operation at the card network whose outcome is unknown, with the payment to which it belongs.
struct PendingOperation: Hashable, Sendable {
  let paymentId: Identifier
  let status: PaymentStatus
  /// In won, as `captured` and `refunded`.
  let paymentAmount: Int64
  let captured: Int64
  let refunded: Int64
  /// The payment's version.
  let version: Int64
  /// The network's id of the authorization, once it is known.
  let authorization: String?

  /// The number of operations of the payment so far, this one included.
  let number: Int64
  let operation: PaymentOperation
  /// In won.
  let amount: Int64
  /// The card token, while an authorization may have to be sent again.
  let token: String?
  /// How often the operation was claimed for resolution; 0 while the request that started it is being processed.
  let attempts: Int
  let traceparent: String?

  /// The idempotency key at the network; it is the same in each retry.
  var key: String { "\(paymentId)-\(operation.rawValue)-\(number)" }

  /// The request to send; `nil` if it needs a token or an authorization that is unknown.
  var request: ProviderRequest? {
    switch operation {
    case .authorize: token.map { .authorize(reference: paymentId, amount: amount, token: $0) }
    case .capture: authorization.map { .capture(authorization: $0, amount: amount) }
    case .void: authorization.map { .void(authorization: $0) } ?? .reverse(reference: paymentId)
    case .refund: authorization.map { .refund(authorization: $0, amount: amount) }
    }
  }

  /// Whether a status query can show that the operation was executed. A reversal also affects an authorization that arrives later, so it has
  /// to be sent.
  var canBeQueried: Bool { operation != .void || authorization != nil }

  /// The upper bound of the delay before the next attempt, in milliseconds.
  var maximumDelay: Int { attempts == 0 ? 0 : min(250 << min(attempts - 1, 8), 5000) }
}

/// The known result of an operation at the card network.
enum Outcome: Hashable, Sendable {
  case done
  case declined(String)
  /// The network no longer holds the authorization.
  case withdrawn
  case refused(String)
}

extension PendingOperation {
  /// The outcome as shown by the network's state; `nil` if the operation was not executed.
  func outcome(from found: Authorization) -> Outcome? {
    switch (operation, found.status) {
    case (.authorize, .approved): .done
    case (.authorize, .declined): .declined(found.declineReason ?? "declined")
    case (.authorize, .voided), (.authorize, .reversed): .withdrawn
    case (.capture, .approved): found.captured >= amount ? .done : nil
    case (.capture, .declined), (.capture, .voided), (.capture, .reversed): .withdrawn
    case (.void, .approved): found.captured > 0 ? .refused("captured") : nil
    case (.void, .voided), (.void, .reversed): .done
    case (.void, .declined): .declined(found.declineReason ?? "declined")
    // Refunds are executed one at a time, so an increase is due to this one.
    case (.refund, .approved): found.refunded >= refunded + amount ? .done : nil
    case (.refund, .declined), (.refund, .voided), (.refund, .reversed): .refused(found.status.rawValue)
    }
  }

  func outcome(from response: ProviderResponse) -> Outcome? {
    switch response {
    case .authorization(let authorization): outcome(from: authorization)
    case .reversed: .done
    }
  }
}
