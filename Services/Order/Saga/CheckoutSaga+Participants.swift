import Contracts

/// How the saga goes on when it sees what a participant says.
extension CheckoutSaga {
  mutating func paymentIs(_ seen: PaymentSnapshot) -> SagaDecision {
    switch (step, seen.status) {
    case (.authorize, .requested): return .stay
    case (.authorize, .authorized), (.authorize, .captured):
      return .go(.awaitShop, order: .confirmPayment, outcome: "authorized")
    case (.authorize, .declined), (.authorize, .voided), (.authorize, .refunded):
      let reason = seen.declineReason ?? seen.status.rawValue
      self.reason = reason
      return .go(.done, order: .failPayment(reason: reason), outcome: seen.status.rawValue)

    case (.capture, .requested): return .stay
    case (.capture, .authorized): return seen.pending == nil ? .send(.capture) : .stay
    case (.capture, .captured): return .go(.awaitRider, outcome: "captured")
    case (.capture, .declined), (.capture, .voided), (.capture, .refunded):
      reason = seen.declineReason ?? "the payment is \(seen.status.rawValue)"
      return .go(.abandonDelivery, outcome: seen.status.rawValue)

    case (.void, .requested): return seen.pending == .void ? .stay : .send(.void)
    // What is captured now is refunded later.
    case (.void, .authorized): return seen.pending == .void || seen.pending == .capture ? .stay : .send(.void)
    case (.void, .captured): return .go(order == .delivered ? .done : .refund, outcome: "captured")

    case (.refund, .requested): return .go(.void, outcome: "requested")
    case (.refund, .authorized): return seen.pending == .capture ? .stay : .go(.void, outcome: "authorized")
    case (.refund, .captured): return seen.pending == .refund ? .stay : .send(.refund)

    case (.void, .declined), (.void, .voided), (.void, .refunded),
      (.refund, .declined), (.refund, .voided), (.refund, .refunded):
      return .go(.done, outcome: seen.status.rawValue)

    case (.awaitShop, _), (.awaitRider, _), (.awaitDelivery, _), (.releaseRider, _), (.abandonDelivery, _), (.done, _):
      return .stay
    }
  }

  mutating func noPayment() -> SagaDecision {
    switch step {
    // Nobody has heard of the payment: it is sent for the first time, or again with the same key.
    case .authorize: return .send(.authorize)
    case .capture:
      reason = "there is no payment"
      return .go(.abandonDelivery, outcome: "no payment")
    // The void makes a tombstone, so that an authorization that is still on its way can't charge.
    case .void: return .send(.void)
    case .refund: return .go(.void, outcome: "no payment")
    case .awaitShop, .awaitRider, .awaitDelivery, .releaseRider, .abandonDelivery, .done: return .stay
    }
  }

  mutating func deliveryIs(_ status: DeliveryStatus) -> SagaDecision {
    switch (step, status) {
    case (.authorize, _), (.awaitShop, _), (.capture, _), (.void, _), (.refund, _), (.done, _): return .stay

    case (.awaitRider, .requested): return .stay
    case (.awaitRider, .assigned): return .go(.awaitDelivery, outcome: "assigned")
    case (.awaitRider, .pickedUp), (.awaitRider, .delivered): return pickUp(then: .awaitDelivery)

    case (.awaitDelivery, .requested), (.awaitDelivery, .assigned): return .stay
    case (.awaitDelivery, .pickedUp): return order == .accepted ? pickUp(then: .awaitDelivery) : .stay
    case (.awaitDelivery, .delivered): return order == .accepted ? pickUp(then: .awaitDelivery) : delivered()

    case (.awaitRider, .cancelled), (.awaitDelivery, .cancelled):
      reason = "the delivery was cancelled"
      return deliveryCancelled()
    case (.releaseRider, .cancelled), (.abandonDelivery, .cancelled): return deliveryCancelled()

    case (.releaseRider, .requested), (.releaseRider, .assigned): return .send(.cancelDelivery(isLost: false))
    case (.abandonDelivery, .requested), (.abandonDelivery, .assigned), (.abandonDelivery, .pickedUp):
      return .send(.cancelDelivery(isLost: true))

    // The rider was faster than the deadline.
    case (.releaseRider, .pickedUp), (.releaseRider, .delivered):
      if order.isFinal { return .go(.abandonDelivery, outcome: status.rawValue) }
      return payment == .captured ? pickUp(then: .awaitDelivery) : .go(.capture, outcome: status.rawValue)
    case (.abandonDelivery, .delivered): return order == .accepted ? pickUp(then: .abandonDelivery) : delivered()
    }
  }

  mutating func noDelivery() -> SagaDecision {
    switch step {
    // Without a delivery the cancellation makes a tombstone, so that an order.accepted that is still on its way makes none.
    case .releaseRider: return .send(.cancelDelivery(isLost: false))
    case .abandonDelivery: return .send(.cancelDelivery(isLost: true))
    case .authorize, .awaitShop, .capture, .awaitRider, .awaitDelivery, .void, .refund, .done: return .stay
    }
  }

  private func pickUp(then next: SagaStep) -> SagaDecision {
    .go(next, order: order == .accepted ? .pickUp : nil, outcome: "picked up")
  }

  private func delivered() -> SagaDecision {
    // What can't be captured must not stay set aside either.
    let next = step == .awaitDelivery || payment == .captured ? .done : paymentCompensation
    switch order {
    case .pickedUp: return .go(next, order: .deliver, outcome: "delivered")
    case .delivered: return .go(next, outcome: "delivered")
    // The order had ended before: the customer gets the money back, and the food.
    case .placed, .paid, .accepted, .paymentFailed, .rejected, .cancelled, .expired:
      return .go(paymentCompensation, outcome: "delivered after the order's end")
    }
  }

  /// Nobody will bring the order any more: it ends, and what the payment holds is given back.
  private func deliveryCancelled() -> SagaDecision {
    let reason = reason ?? "the delivery was cancelled"
    let action: OrderAction? =
      switch order {
      case .accepted where payment != .captured: .failPayment(reason: reason)
      case .placed, .paid, .accepted, .pickedUp: .expire(reason: reason)
      case .delivered, .paymentFailed, .rejected, .cancelled, .expired: nil
      }
    return .go(paymentCompensation, order: action, outcome: "delivery cancelled")
  }

  private var isPaymentOver: Bool {
    switch payment {
    case .declined, .voided, .refunded: true
    case .requested, .authorized, .captured, nil: false
    }
  }

  private var paymentCompensation: SagaStep {
    if isPaymentOver { return .done }
    return payment == .captured ? .refund : .void
  }
}
