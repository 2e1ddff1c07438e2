import Contracts

/// Whose orders are listed.
enum OrderList: Hashable, Sendable {
  case customer(Identifier)
  case shop(Identifier)
}

/// One page of a list of orders.
struct OrderListQuery: Hashable, Sendable {
  /// All statuses if `nil`.
  var status: OrderStatus?
  var limit = 20
  /// The last order of the previous page.
  var after: OrderListPosition?
}

/// An order's position in the lists of its customer and its shop: newest first.
struct OrderListPosition: Hashable, Sendable {
  let placedAt: Timestamp
  let order: Identifier
}

/// Orders of a list, and the position after which the next page begins.
struct OrderListPage: Sendable {
  var orders: [Order]
  /// `nil` on the last page.
  let next: OrderListPosition?
}
