import Contracts

/// What happened to an order: the events that its state is folded from. They are kept for ever and never changed.
enum OrderEvent: Hashable, Sendable {
  case placed(OrderPlacement)
  case paid
  case paymentFailed(reason: String)
  case accepted(preparationMinutes: Int)
  case pickedUp
  case delivered
  case rejected(reason: String)
  case cancelled(reason: String)
  case expired(reason: String)

  /// The status that the event makes.
  var status: OrderStatus {
    switch self {
    case .placed: .placed
    case .paid: .paid
    case .paymentFailed: .paymentFailed
    case .accepted: .accepted
    case .pickedUp: .pickedUp
    case .delivered: .delivered
    case .rejected: .rejected
    case .cancelled: .cancelled
    case .expired: .expired
    }
  }

  /// The name under which it is stored and announced.
  var type: EventType { EventType(order: status) }
}

extension EventType {
  /// The event that brings an order into a status.
  init(order status: OrderStatus) {
    self =
      switch status {
      case .placed: .orderPlaced
      case .paid: .orderPaid
      case .paymentFailed: .orderPaymentFailed
      case .accepted: .orderAccepted
      case .pickedUp: .orderPickedUp
      case .delivered: .orderDelivered
      case .rejected: .orderRejected
      case .cancelled: .orderCancelled
      case .expired: .orderExpired
      }
  }
}

/// What is fixed when an order is placed, prices and all; nothing later changes it.
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

/// An event with its place in the order's history.
struct RecordedEvent: Hashable, Sendable {
  /// From 1, growing by 1.
  var version: Int64
  var event: OrderEvent
  var at: Timestamp
}
