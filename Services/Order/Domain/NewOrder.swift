import Contracts

/// What a customer wants to order. Prices are the server's.
struct NewOrder: Sendable {
  var customer: Identifier
  var shop: Identifier
  var lines: [OrderLine]
  var deliveryAddress: Address
  /// Stands for the customer's card.
  var paymentToken: String
}

/// So many of one dish.
struct OrderLine: Hashable, Sendable {
  var menuItem: Identifier
  var quantity: Int
}
