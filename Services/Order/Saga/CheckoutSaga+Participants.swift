import Contracts

/// The decisions on the states of payment and delivery.
extension CheckoutSaga {
  mutating func paymentIs(_ payment: PaymentSnapshot) -> SagaDecision {
    switch (step, payment.status) {
    case (.authorize, .requested): return .stay
    case (.authorize, .authorized), (.authorize, .captured):
      return .move(.awaitShop, order: .confirmPayment, outcome: "authorized")
    case (.authorize, .declined), (.authorize, .voided), (.authorize, .refunded):
      let reason = payment.declineReason ?? payment.status.rawValue
      self.reason = reason
      return .move(.done, order: .failPayment(reason: reason), outcome: payment.status.rawValue)

    case (.capture, .requested): return .stay
    case (.capture, .authorized): return payment.pending == nil ? .send(.capture) : .stay
    case (.capture, .captured): return .move(.awaitRider, outcome: "captured")
    case (.capture, .declined), (.capture, .voided), (.capture, .refunded):
      reason = payment.declineReason ?? "the payment is \(payment.status.rawValue)"
      return .move(.abandonDelivery, outcome: payment.status.rawValue)

    case (.void, .requested): return payment.pending == .void ? .stay : .send(.void)
    // A capture with unknown outcome is awaited; if it succeeds, the refund follows.
    case (.void, .authorized): return payment.pending == .void || payment.pending == .capture ? .stay : .send(.void)
    case (.void, .captured): return .move(order == .delivered ? .done : .refund, outcome: "captured")

    case (.refund, .requested): return .move(.void, outcome: "requested")
    case (.refund, .authorized): return payment.pending == .capture ? .stay : .move(.void, outcome: "authorized")
    case (.refund, .captured): return payment.pending == .refund ? .stay : .send(.refund)

    case (.void, .declined), (.void, .voided), (.void, .refunded),
      (.refund, .declined), (.refund, .voided), (.refund, .refunded):
      return .move(.done, outcome: payment.status.rawValue)

    case (.awaitShop, _), (.awaitRider, _), (.awaitDelivery, _), (.releaseRider, _), (.abandonDelivery, _), (.done, _):
      return .stay
    }
  }

  mutating func paymentNotFound() -> SagaDecision {
    switch step {
    // The payment service has not received the request; every attempt has the same key.
    case .authorize: return .send(.authorize)
    case .capture:
      reason = "there is no payment"
      return .move(.abandonDelivery, outcome: "no payment")
    // The void leaves a tombstone, so that a late authorization request has no effect.
    case .void: return .send(.void)
    case .refund: return .move(.void, outcome: "no payment")
    case .awaitShop, .awaitRider, .awaitDelivery, .releaseRider, .abandonDelivery, .done: return .stay
    }
  }

  mutating func deliveryIs(_ status: DeliveryStatus) -> SagaDecision {
    switch (step, status) {
    case (.authorize, _), (.awaitShop, _), (.capture, _), (.void, _), (.refund, _), (.done, _): return .stay

    case (.awaitRider, .requested): return .stay
    case (.awaitRider, .assigned): return .move(.awaitDelivery, outcome: "assigned")
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

    // The order was picked up before the deadline.
    case (.releaseRider, .pickedUp), (.releaseRider, .delivered):
      if order.isFinal { return .move(.abandonDelivery, outcome: status.rawValue) }
      return payment == .captured ? pickUp(then: .awaitDelivery) : .move(.capture, outcome: status.rawValue)
    case (.abandonDelivery, .delivered): return order == .accepted ? pickUp(then: .abandonDelivery) : delivered()
    }
  }

  mutating func deliveryNotFound() -> SagaDecision {
    switch step {
    // The cancellation leaves a tombstone, so that a late `order.accepted` creates no delivery.
    case .releaseRider: return .send(.cancelDelivery(isLost: false))
    case .abandonDelivery: return .send(.cancelDelivery(isLost: true))
    case .authorize, .awaitShop, .capture, .awaitRider, .awaitDelivery, .void, .refund, .done: return .stay
    }
  }

  private func pickUp(then next: SagaStep) -> SagaDecision {
    .move(next, order: order == .accepted ? .pickUp : nil, outcome: "picked up")
  }

  private func delivered() -> SagaDecision {
    // An authorization that was not captured is voided.
    let next = step == .awaitDelivery || payment == .captured ? .done : paymentCompensation
    switch order {
    case .pickedUp: return .move(next, order: .deliver, outcome: "delivered")
    case .delivered: return .move(next, outcome: "delivered")
    // The order ended before its delivery: the payment is returned although the customer received the order.
    case .placed, .paid, .accepted, .paymentFailed, .rejected, .cancelled, .expired:
      return .move(paymentCompensation, outcome: "delivered after the order's end")
    }
  }

  /// Ends the order, and voids or refunds the payment.
  private func deliveryCancelled() -> SagaDecision {
    let reason = reason ?? "the delivery was cancelled"
    let action: OrderAction? =
      switch order {
      case .accepted where payment != .captured: .failPayment(reason: reason)
      case .placed, .paid, .accepted, .pickedUp: .expire(reason: reason)
      case .delivered, .paymentFailed, .rejected, .cancelled, .expired: nil
      }
    return .move(paymentCompensation, order: action, outcome: "delivery cancelled")
  }

  private var isPaymentFinal: Bool {
    switch payment {
    case .declined, .voided, .refunded: true
    case .requested, .authorized, .captured, nil: false
    }
  }

  private var paymentCompensation: SagaStep {
    if isPaymentFinal { return .done }
    return payment == .captured ? .refund : .void
  }
}
