import Contracts

/// The permission of a customer to review a delivered order once.
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

  /// The invitation of a customer who requests to review an order.
  /// - Throws: `ReviewError.unknownOrder`, `.notDelivered`.
  init(to customer: Identifier, for order: Order?) throws(ReviewError) {
    guard let order, order.customerId == customer else { throw .unknownOrder }
    guard let invitation = Invitation(order) else { throw .notDelivered(order.status) }
    self = invitation
  }
}
