import Contracts

/// A customer's request to place an order; prices come from the shop's replica.
struct NewOrder: Sendable {
  var customer: Identifier
  var shop: Identifier
  var lines: [OrderLine]
  var deliveryAddress: Address
  /// The card network's token for the customer's card.
  var cardToken: String
}

/// A menu item and its quantity.
struct OrderLine: Hashable, Sendable {
  var menuItem: Identifier
  var quantity: Int
}
