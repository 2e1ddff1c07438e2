import Contracts

/// A shop that an owner wants to open.
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

/// A dish that an owner wants to sell.
struct NewMenuItem: Sendable {
  var name: String
  var price: Money
  var description: String?
}
