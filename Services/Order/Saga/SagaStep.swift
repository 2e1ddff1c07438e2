/// The steps of a checkout: five that go forward, four that undo, and the end.
enum SagaStep: String, CaseIterable, Codable, Hashable, Sendable {
  case authorize, awaitShop, capture, awaitRider, awaitDelivery
  /// Takes the delivery back, unless the rider has fetched the order.
  case releaseRider
  /// Takes the delivery back even so: the order is lost on the way.
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

/// Where a saga stands as a whole. The last two are ends.
enum SagaStatus: String, CaseIterable, Codable, Hashable, Sendable {
  case running, compensating
  /// The order was delivered and paid.
  case completed
  /// The order was given up, and nothing of it is left with the card, the shop or a rider.
  case compensated
}
