import Contracts
import Idempotency

/// A shop in this service's replica, with the requested menu items. Orders can be placed while the shop service is unavailable.
struct OrderableShop: Hashable, Sendable {
  /// A menu item with its current price.
  struct Item: Hashable, Sendable {
    var name: String
    var price: Money
  }

  var id: Identifier
  var ownerId: Identifier
  var name: String
  var address: Address
  var status: ShopStatus
  var minimumOrder: Money
  var deliveryFee: Money
  /// Those of the requested items that are on the menu.
  var items: [Identifier: Item]
}

/// What the store has for a request to place an order.
struct OrderableShopLookup: Sendable {
  /// The response, if a request with this key was executed before.
  var firstResponse: Document?
  /// `nil` if the replica does not have the shop, or the shop was deleted.
  var shop: OrderableShop?
}
