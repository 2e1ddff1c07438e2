/// The steps of a checkout: five forward, four compensations, and the end.
enum SagaStep: String, CaseIterable, Codable, Hashable, Sendable {
  case authorize, awaitShop, capture, awaitRider, awaitDelivery
  /// Cancels the delivery, unless the rider has picked up the order.
  case releaseRider
  /// Cancels the delivery even after pickup; the order counts as lost.
  case abandonDelivery
  case void, refund
  case done

  var isCompensation: Bool {
    switch self {
    case .authorize, .awaitShop, .capture, .awaitRider, .awaitDelivery, .done: false
    case .releaseRider, .abandonDelivery, .void, .refund: true
    }
  }
}

/// The status of a saga; the last two are final.
enum SagaStatus: String, CaseIterable, Codable, Hashable, Sendable {
  case running, compensating
  /// The order was delivered and paid.
  case completed
  /// The order ended without delivery, and payment and delivery are undone.
  case compensated
}
