import Contracts

/// The decisions of the checkout saga, a pure state machine: inputs come in, decisions go out, and ``CheckoutSteps`` executes them.
///
/// A decision depends on a participant's state and never on the response to a command: after a refusal or a timeout the state is
/// queried. The table of steps is ``SagaPlan``.
extension CheckoutSaga {
  var plan: SagaPlan { .of(step) }

  /// Whether the step can be executed at once, without waiting for an event.
  var hasImmediateWork: Bool { plan.command != nil || step == .awaitRider && delivery != nil }

  /// Records an input and decides.
  mutating func receive(_ input: SagaInput) -> SagaDecision {
    switch input {
    case .resumed:
      let first = attempts == 0 ? plan.command ?? plan.statusQuery : plan.statusQuery ?? plan.command
      return first.map { .send($0) } ?? .stay
    case .refused: return plan.statusQuery.map { .send($0) } ?? .stay
    case .failed: return .stay
    case .deadlinePassed: return deadlinePassed()
    case .order(let status): return orderIs(status)
    case .rejected(let detail): return rejected(detail)
    case .payment(let snapshot):
      payment = snapshot.status
      return paymentIs(snapshot)
    case .paymentNotFound: return paymentNotFound()
    case .delivery(let status):
      // A status beyond the assignment is kept during `capture`; `awaitRider` then queries the delivery at once.
      if step != .capture || status != .assigned { delivery = status }
      return deliveryIs(status)
    case .deliveryNotFound: return deliveryNotFound()
    }
  }

  private mutating func deadlinePassed() -> SagaDecision {
    guard let deadline = plan.deadline else { return .stay }
    reason = deadline.reason
    switch step {
    case .authorize, .awaitShop:
      return .move(plan.compensation, order: .expire(reason: deadline.reason), outcome: "deadline passed")
    case .capture, .awaitRider, .awaitDelivery:
      // The order ends only when the delivery is known to be cancelled: it may be further than this saga knows.
      return .move(plan.compensation, outcome: "deadline passed")
    case .releaseRider, .abandonDelivery, .void, .refund, .done:
      return .stay
    }
  }

  private mutating func orderIs(_ status: OrderStatus) -> SagaDecision {
    order = status
    switch (step, status) {
    case (.awaitShop, .accepted): return .move(.capture, outcome: "accepted")
    case (.authorize, _) where status.isFinal, (.awaitShop, _) where status.isFinal:
      return .move(plan.compensation, outcome: status.rawValue)
    case (.capture, .delivered), (.awaitRider, .delivered), (.awaitDelivery, .delivered): return .stay
    case (.capture, _) where status.isFinal, (.awaitRider, _) where status.isFinal, (.awaitDelivery, _) where status.isFinal:
      return .move(.releaseRider, outcome: status.rawValue)
    case (.authorize, _), (.awaitShop, _), (.capture, _), (.awaitRider, _), (.awaitDelivery, _): return .stay
    case (.releaseRider, _), (.abandonDelivery, _), (.void, _), (.refund, _), (.done, _): return .stay
    }
  }

  private mutating func rejected(_ detail: String) -> SagaDecision {
    switch step {
    case .authorize:
      reason = detail
      // The void leaves a tombstone, in case the authorization was executed after all.
      return .move(.void, order: .failPayment(reason: detail), outcome: "rejected")
    case .capture:
      // Without payment the delivery is cancelled even after pickup.
      reason = detail
      return .move(.abandonDelivery, outcome: "rejected")
    // Compensations are retried without limit; the row shows the error to operators.
    case .awaitShop, .awaitRider, .awaitDelivery, .releaseRider, .abandonDelivery, .void, .refund, .done: return .stay
    }
  }
}
