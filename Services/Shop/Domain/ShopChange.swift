import Contracts

/// A partial update of a shop; `nil` leaves a field unchanged.
struct ShopChange: Sendable {
  var name: String?
  var category: Category?
  var district: District?
  var location: Location?
  var address: String?
  var minimumOrder: Money?
  var deliveryFee: Money?
}

/// A partial update of a menu item; `nil` leaves a field unchanged.
struct MenuItemChange: Sendable {
  enum Description: Hashable, Sendable {
    case keep
    case remove
    case set(String)
  }

  var name: String?
  var price: Money?
  var description: Description
}
