public import Contracts

/// The body of `POST /shops`.
public struct NewShop: Hashable, Sendable, Encodable {
  /// 1–100 characters.
  public var name: String
  public var category: Category
  public var district: District
  public var location: Location
  /// 1–200 characters.
  public var address: String
  public var minimumOrder: Money
  public var deliveryFee: Money
  public var status: ShopStatus
  public var menu: [NewMenuItem]

  public init(
    name: String, category: Category, district: District, location: Location, address: String, minimumOrder: Money,
    deliveryFee: Money, status: ShopStatus = .open, menu: [NewMenuItem] = []
  ) {
    self.name = name
    self.category = category
    self.district = district
    self.location = location
    self.address = address
    self.minimumOrder = minimumOrder
    self.deliveryFee = deliveryFee
    self.status = status
    self.menu = menu
  }
}

/// The body of `POST /shops/{id}/menu`, and an item of a new shop's menu.
public struct NewMenuItem: Hashable, Sendable, Encodable {
  /// 1–100 characters.
  public var name: String
  public var price: Money
  /// At most 500 characters.
  public var description: String?

  public init(name: String, price: Money, description: String? = nil) {
    self.name = name
    self.price = price
    self.description = description
  }
}
