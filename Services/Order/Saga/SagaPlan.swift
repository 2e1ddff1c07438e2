/// What a step of the checkout sends, how an unknown outcome of it is found out, how long it may take, and what undoes it.
struct SagaPlan: Hashable, Sendable {
  /// Sent when the step is taken up; `nil` for a step that waits for others.
  var action: SagaCommand?
  /// Asked before the action is tried again, and now and then while others are waited for.
  var statusQuery: SagaCommand?
  /// What bounds the step; a compensation goes on until it is done.
  var deadline: SagaDeadline?
  /// Where the saga goes when the deadline passes or the step fails for good: what undoes this step. Of a compensation: what is
  /// undone next.
  var compensation: SagaStep

  /// The checkout, as a table. How a step goes on when all is well is in ``CheckoutSaga``.
  // swift-format-ignore
  static func of(_ step: SagaStep) -> SagaPlan {
    switch step {
    //                           sends                           asks           at most     undone by
    case .authorize:       .init(.authorize,                     .queryPayment,   .payment,   .void)
    case .awaitShop:       .init(nil,                            nil,           .shop,      .void)
    case .capture:         .init(.capture,                       .queryPayment,   .capture,   .releaseRider)
    case .awaitRider:      .init(nil,                            .askDelivery,  .rider,     .releaseRider)
    case .awaitDelivery:   .init(nil,                            .askDelivery,  .delivery,  .abandonDelivery)

    case .releaseRider:    .init(.cancelDelivery(isLost: false), .askDelivery,  nil,        .refund)
    case .abandonDelivery: .init(.cancelDelivery(isLost: true),  .askDelivery,  nil,        .refund)
    case .refund:          .init(.refund,                        .queryPayment,   nil,        .done)
    case .void:            .init(.void,                          .queryPayment,   nil,        .done)
    case .done:            .init(nil,                            nil,           nil,        .done)
    }
  }

  private init(_ action: SagaCommand?, _ statusQuery: SagaCommand?, _ deadline: SagaDeadline?, _ compensation: SagaStep) {
    self.action = action
    self.statusQuery = statusQuery
    self.deadline = deadline
    self.compensation = compensation
  }
}

/// What the saga asks of the participants. Every command may be sent again: it has a key of its own, or leads to a state.
enum SagaCommand: Hashable, Sendable {
  case authorize, capture, void, refund
  /// - Parameter isLost: also when the rider has fetched the order already.
  case cancelDelivery(isLost: Bool)
  case queryPayment, askDelivery
}

/// What bounds the steps that go forward; each is a setting, `saga.payment.deadline` and so on.
enum SagaDeadline: String, CaseIterable, Hashable, Sendable {
  case payment, shop, capture, rider, delivery

  /// What the customer reads when it passes.
  var reason: String {
    switch self {
    case .payment: "the payment was not confirmed in time"
    case .shop: "the shop did not answer in time"
    case .capture: "the payment was not captured in time"
    case .rider: "no rider was found in time"
    case .delivery: "the order was not delivered in time"
    }
  }
}
