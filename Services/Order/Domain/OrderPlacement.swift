import Contracts

/// The data of `.placed`, including all prices. Later events do not change it.
struct OrderPlacement: Hashable, Sendable, Codable {
  var id: Identifier
  var customerId: Identifier
  var shopId: Identifier
  var ownerId: Identifier
  var shopName: String
  var pickup: Address
  var deliveryAddress: Address
  var items: [OrderItem]
  var subtotal: Money
  var deliveryFee: Money
  var total: Money
  var paymentId: Identifier
}

/// An event with its position in the order's history.
struct RecordedEvent: Hashable, Sendable {
  /// Consecutive, from 1.
  var version: Int64
  var event: OrderEvent
  var at: Timestamp
}
