import Contracts

/// What the saga hears.
enum SagaInput: Hashable, Sendable {
  /// The step is taken up: at first, after a pause, or after a crash.
  case taken
  case deadlinePassed
  /// Where the order stands; a command of the customer or the owner may have moved it.
  case order(OrderStatus)
  case payment(PaymentSnapshot)
  case noPayment
  case delivery(DeliveryStatus)
  case noDelivery
  /// The participant's state forbids the command; what that state is, is to be asked.
  case refused(String)
  /// The command can never be carried out.
  case rejected(String)
  /// The command may have been carried out, or not.
  case failed(String)
}

/// What the saga reads of a payment.
struct PaymentSnapshot: Hashable, Sendable, Decodable {
  var status: PaymentStatus
  /// What the card network was asked for and has not answered.
  var pending: PaymentOperation?
  var declineReason: String?
}

/// What the saga does about it.
enum SagaDecision: Hashable, Sendable {
  case send(SagaCommand)
  /// Leaves the step, or only moves the order when the step stays the same: one statement, with the order's event.
  /// - Parameter outcome: how the step ended, for the history.
  case go(SagaStep, order: OrderAction? = nil, outcome: String)
  /// Nothing new: to be taken up again after a pause, or when something is heard.
  case stay
}

/// The checkout of one order: decides what to do, by the step that it is at and what it hears.
///
/// A pure state machine: inputs come in, decisions go out, and the orchestrator carries them out. A participant's own state
/// decides, never how it answered a call: a refusal and a silence alike only lead to asking. The table of steps is ``SagaPlan``.
struct CheckoutSaga: Hashable, Sendable {
  var step: SagaStep
  var order: OrderStatus
  /// How often the step was tried: what became of the last try is asked before the next.
  var attempts = 0
  /// What the participants were last seen to say.
  var payment: PaymentStatus?
  var delivery: DeliveryStatus?
  /// Why the order is given up.
  var reason: String?

  var plan: SagaPlan { .of(step) }

  var status: SagaStatus {
    if step == .done { return order == .delivered ? .completed : .compensated }
    return step.isCompensation ? .compensating : .running
  }

  /// Takes note of an input and decides.
  mutating func receive(_ input: SagaInput) -> SagaDecision {
    switch input {
    case .taken:
      let first = attempts == 0 ? plan.action ?? plan.statusQuery : plan.statusQuery ?? plan.action
      return first.map { .send($0) } ?? .stay
    case .refused: return plan.statusQuery.map { .send($0) } ?? .stay
    case .failed: return .stay
    case .deadlinePassed: return deadlinePassed()
    case .order(let status): return orderIs(status)
    case .rejected(let detail): return rejected(detail)
    case .payment(let seen):
      payment = seen.status
      return paymentIs(seen)
    case .noPayment: return noPayment()
    case .delivery(let status):
      // A rider who is ahead of the capture is caught up with when it is done.
      if step != .capture || status != .assigned { delivery = status }
      return deliveryIs(status)
    case .noDelivery: return noDelivery()
    }
  }

  /// Takes a decision's move.
  mutating func move(to next: SagaStep, order action: OrderAction?) {
    if next != step { attempts = 0 }
    step = next
    switch action {
    case .confirmPayment: order = .paid
    case .failPayment: order = .paymentFailed
    case .expire: order = .expired
    case .pickUp: order = .pickedUp
    case .deliver: order = .delivered
    // The commands of people; the saga gives none of them.
    case .accept, .reject, .cancel, nil: break
    }
  }

  private mutating func deadlinePassed() -> SagaDecision {
    guard let deadline = plan.deadline else { return .stay }
    reason = deadline.reason
    switch step {
    case .authorize, .awaitShop:
      return .go(plan.compensation, order: .expire(reason: deadline.reason), outcome: "deadline passed")
    case .capture, .awaitRider, .awaitDelivery:
      // The order ends when the delivery is known to be cancelled: the rider may have been faster.
      return .go(plan.compensation, outcome: "deadline passed")
    case .releaseRider, .abandonDelivery, .void, .refund, .done:
      return .stay
    }
  }

  private mutating func orderIs(_ status: OrderStatus) -> SagaDecision {
    order = status
    switch (step, status) {
    case (.awaitShop, .accepted): return .go(.capture, outcome: "accepted")
    case (.authorize, _) where status.isFinal, (.awaitShop, _) where status.isFinal:
      return .go(plan.compensation, outcome: status.rawValue)
    case (.capture, .delivered), (.awaitRider, .delivered), (.awaitDelivery, .delivered): return .stay
    case (.capture, _) where status.isFinal, (.awaitRider, _) where status.isFinal, (.awaitDelivery, _) where status.isFinal:
      return .go(.releaseRider, outcome: status.rawValue)
    case (.authorize, _), (.awaitShop, _), (.capture, _), (.awaitRider, _), (.awaitDelivery, _): return .stay
    case (.releaseRider, _), (.abandonDelivery, _), (.void, _), (.refund, _), (.done, _): return .stay
    }
  }

  private mutating func rejected(_ detail: String) -> SagaDecision {
    switch step {
    case .authorize:
      reason = detail
      // The void leaves a tombstone, in case the call had an effect after all.
      return .go(.void, order: .failPayment(reason: detail), outcome: "rejected")
    case .capture:
      // Whatever the rider has done: nobody pays for the order.
      reason = detail
      return .go(.abandonDelivery, outcome: "rejected")
    // What must be undone is tried again for ever; the row shows the reason to whoever has to help.
    case .awaitShop, .awaitRider, .awaitDelivery, .releaseRider, .abandonDelivery, .void, .refund, .done: return .stay
    }
  }
}
