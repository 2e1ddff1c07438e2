import Contracts

/// What this service knows of a shop when an order is placed: its own copy, so that a shop service that is away stops no order.
struct OrderableShop: Hashable, Sendable {
  /// A dish and what it costs now.
  struct Item: Hashable, Sendable {
    var name: String
    var price: Money
  }

  var id: Identifier
  var ownerId: Identifier
  var name: String
  var place: Address
  var status: ShopStatus
  var minimumOrder: Money
  var deliveryFee: Money
  /// The dishes of the menu that were asked for.
  var items: [Identifier: Item]
}
