import Contracts

/// The state of one order's checkout. `CheckoutSaga+Decisions` decides what follows.
struct CheckoutSaga: Hashable, Sendable {
  var step: SagaStep
  var order: OrderStatus
  /// Attempts of the step. From the second on, the outcome of the previous one is queried first.
  var attempts = 0
  /// The participants' last known states.
  var payment: PaymentStatus?
  var delivery: DeliveryStatus?
  /// Why the order ends without delivery.
  var reason: String?

  var status: SagaStatus {
    if step == .done { return order == .delivered ? .completed : .compensated }
    return step.isCompensation ? .compensating : .running
  }

  /// Enters a step, with the order action of the same decision.
  mutating func move(to next: SagaStep, order action: OrderAction?) {
    if next != step { attempts = 0 }
    step = next
    switch action {
    case .confirmPayment: order = .paid
    case .failPayment: order = .paymentFailed
    case .expire: order = .expired
    case .pickUp: order = .pickedUp
    case .deliver: order = .delivered
    // Commands of customers and owners; the saga issues none of them.
    case .accept, .reject, .cancel, nil: break
    }
  }
}
