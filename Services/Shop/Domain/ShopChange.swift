import Contracts

/// What an owner wants to change of a shop; `nil` leaves a field as it is.
struct ShopChange: Sendable {
  var name: String?
  var category: Category?
  var district: District?
  var location: Location?
  var address: String?
  var minimumOrder: Money?
  var deliveryFee: Money?
}

/// What an owner wants to change of a dish; `nil` leaves a field as it is.
struct MenuItemChange: Sendable {
  /// A description can be changed, taken away, or left.
  enum Description: Hashable, Sendable {
    case keep
    case remove
    case set(String)
  }

  var name: String?
  var price: Money?
  var description: Description
}
