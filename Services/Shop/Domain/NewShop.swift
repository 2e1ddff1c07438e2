import Contracts

/// A shop to be created.
struct NewShop: Sendable {
  var name: String
  var category: Category
  var district: District
  var location: Location
  var address: String
  var minimumOrder: Money
  var deliveryFee: Money
  var status: ShopStatus
  var menu: [NewMenuItem]
}

/// A menu item to be added.
struct NewMenuItem: Sendable {
  var name: String
  var price: Money
  var description: String?
}
