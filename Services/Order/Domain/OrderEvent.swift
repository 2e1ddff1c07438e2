import Contracts

/// A domain event of an order; the order's state is the fold of its events. Stored append-only and never deleted.
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

  /// The order's status after the event.
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

  /// The name under which it is stored and published.
  var type: EventType { EventType(order: status) }
}

extension EventType {
  /// The event after which an order has a status.
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
