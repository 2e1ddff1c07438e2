import Contracts

/// Who looks: everybody sees the orders that he has a part in, and no others.
enum Viewer: Hashable, Sendable {
  case customer(Identifier)
  case owner(Identifier)
  case rider(Identifier)
  /// Operators, and other services.
  case staff

  func sees(_ view: OrderView) -> Bool {
    switch self {
    case .rider(let id): view.delivery?.riderId == id
    case .customer, .owner, .staff: sees(view.order)
    }
  }

  /// The same of an order alone, in a list.
  func sees(_ order: Order) -> Bool {
    switch self {
    case .customer(let id): order.customerId == id
    case .owner(let id): order.ownerId == id
    case .rider: false
    case .staff: true
    }
  }
}
