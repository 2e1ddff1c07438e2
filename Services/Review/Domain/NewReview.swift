import Contracts

/// What a customer wants to say of an order.
struct NewReview: Hashable, Sendable {
  let orderId: Identifier
  /// Stars, 1–5.
  let rating: Int
  let text: String
}

/// A delivered order that its customer may review, once.
struct Invitation: Hashable, Sendable {
  let orderId: Identifier
  let customerId: Identifier
  let shopId: Identifier
  let ownerId: Identifier
  let deliveredAt: Timestamp
}

extension Invitation {
  /// `nil` unless the order was delivered.
  init?(_ order: Order) {
    guard order.status == .delivered else { return nil }
    let delivered = order.timeline.last { $0.status == .delivered }
    self.init(
      orderId: order.id, customerId: order.customerId, shopId: order.shopId, ownerId: order.ownerId,
      deliveredAt: delivered?.at ?? order.updatedAt)
  }
}
