import Contracts

/// A caller, by relation to orders. Customers, owners and riders see only orders that they are a party to.
enum Viewer: Hashable, Sendable {
  case customer(Identifier)
  case owner(Identifier)
  case rider(Identifier)
  /// Operators, and other services.
  case staff

  func canSee(_ view: OrderView) -> Bool {
    switch self {
    case .rider(let id): view.delivery?.riderId == id
    case .customer, .owner, .staff: canSee(view.order)
    }
  }

  /// Whether an order may appear in a list for this viewer. Riders have no lists.
  func canSee(_ order: Order) -> Bool {
    switch self {
    case .customer(let id): order.customerId == id
    case .owner(let id): order.ownerId == id
    case .rider: false
    case .staff: true
    }
  }
}
