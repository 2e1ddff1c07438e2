import Contracts

/// The next version of a payment.
struct PaymentChange: Hashable, Sendable {
  var status: PaymentStatus
  /// In won.
  var captured: Int64
  var refunded: Int64
  var declineReason: String?
  /// The ledger transaction; none if no money moved: a declined card, or the reversal of an authorization with unknown outcome.
  var movement: Movement?
  var event: EventType
  /// Whether this is the requested change, and so the response to the waiting requests.
  var isAsRequested = true
}

/// The effect of an outcome on a payment.
enum PaymentTransition: Hashable, Sendable {
  case change(PaymentChange)
  /// The payment is unchanged, and nothing is pending any more; with the card network's reason.
  case refusal(String)
}

extension PendingOperation {
  func transition(on outcome: Outcome) -> PaymentTransition {
    switch (operation, outcome) {
    case (.authorize, .done): .change(authorized)
    case (.authorize, .declined(let reason)), (.authorize, .refused(let reason)): .change(declined(reason))
    case (.authorize, .withdrawn): .change(declined("reversed"))

    case (.capture, .done): .change(fullyCaptured)
    case (.capture, .declined), (.capture, .withdrawn): .change(voided(isAsRequested: false))
    case (.capture, .refused(let reason)): .refusal(reason)

    case (.void, .done), (.void, .withdrawn): .change(voided(isAsRequested: true))
    case (.void, .declined(let reason)): .change(status == .requested ? declined(reason) : voided(isAsRequested: true))
    case (.void, .refused(let reason)): .refusal(reason)

    case (.refund, .done): .change(partlyOrFullyRefunded)
    case (.refund, .declined(let reason)), (.refund, .refused(let reason)): .refusal(reason)
    case (.refund, .withdrawn): .refusal("withdrawn")
    }
  }

  private var authorized: PaymentChange {
    PaymentChange(
      status: .authorized, captured: 0, refunded: 0, movement: Movement(kind: .authorization, amount: amount),
      event: .paymentAuthorized)
  }

  private func declined(_ reason: String) -> PaymentChange {
    PaymentChange(status: .declined, captured: 0, refunded: 0, declineReason: reason, event: .paymentDeclined)
  }

  private var fullyCaptured: PaymentChange {
    PaymentChange(
      status: .captured, captured: amount, refunded: 0, movement: Movement(kind: .capture, amount: amount),
      event: .paymentCaptured)
  }

  private func voided(isAsRequested: Bool) -> PaymentChange {
    PaymentChange(
      status: .voided, captured: 0, refunded: 0,
      movement: status == .authorized ? Movement(kind: .void, amount: paymentAmount) : nil, event: .paymentVoided,
      isAsRequested: isAsRequested)
  }

  private var partlyOrFullyRefunded: PaymentChange {
    let isFull = refunded + amount == captured
    return PaymentChange(
      status: isFull ? .refunded : .captured, captured: captured, refunded: refunded + amount,
      movement: Movement(kind: isFull ? .refund : .partRefund, amount: amount), event: .paymentRefunded)
  }
}
