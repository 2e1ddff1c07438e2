/// A step's command, the query for its outcome when it is unknown, its deadline, and its compensation.
struct SagaPlan: Hashable, Sendable {
  /// Sent when the step is executed; `nil` for a step that waits for events.
  var command: SagaCommand?
  /// Sent before the command is repeated, and at intervals while the step waits for events.
  var statusQuery: SagaCommand?
  /// `nil` for a compensation, which is repeated until it succeeds.
  var deadline: SagaDeadline?
  /// The step that undoes this one when its deadline passes or it fails finally; of a compensation, the next compensation.
  var compensation: SagaStep

  /// The table of the checkout. The successful outcomes are in `CheckoutSaga+Participants`.
  // swift-format-ignore
  static func of(_ step: SagaStep) -> SagaPlan {
    switch step {
    //                           command                         status query    deadline    undone by
    case .authorize:       .init(.authorize,                     .queryPayment,  .payment,   .void)
    case .awaitShop:       .init(nil,                            nil,            .shop,      .void)
    case .capture:         .init(.capture,                       .queryPayment,  .capture,   .releaseRider)
    case .awaitRider:      .init(nil,                            .queryDelivery, .rider,     .releaseRider)
    case .awaitDelivery:   .init(nil,                            .queryDelivery, .delivery,  .abandonDelivery)

    case .releaseRider:    .init(.cancelDelivery(isLost: false), .queryDelivery, nil,        .refund)
    case .abandonDelivery: .init(.cancelDelivery(isLost: true),  .queryDelivery, nil,        .refund)
    case .refund:          .init(.refund,                        .queryPayment,  nil,        .done)
    case .void:            .init(.void,                          .queryPayment,  nil,        .done)
    case .done:            .init(nil,                            nil,            nil,        .done)
    }
  }

  private init(_ command: SagaCommand?, _ statusQuery: SagaCommand?, _ deadline: SagaDeadline?, _ compensation: SagaStep) {
    self.command = command
    self.statusQuery = statusQuery
    self.deadline = deadline
    self.compensation = compensation
  }
}

/// A request to a participant. Every one is idempotent: by its key, or because it sets a state.
enum SagaCommand: Hashable, Sendable {
  case authorize, capture, void, refund
  /// - Parameter isLost: cancels even after pickup.
  case cancelDelivery(isLost: Bool)
  case queryPayment, queryDelivery
}

/// The deadlines of the forward steps; each is a setting, such as `saga.payment.deadline`.
enum SagaDeadline: String, CaseIterable, Hashable, Sendable {
  case payment, shop, capture, rider, delivery

  /// The order's `reason` when it passes.
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
