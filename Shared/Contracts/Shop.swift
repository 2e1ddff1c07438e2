/// A shop: the response of `GET /shops/{id}`.
public struct Shop: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var ownerId: Identifier
  public var name: String
  public var category: Category
  public var district: District
  public var location: Location
  public var address: String
  /// The smallest subtotal that the shop delivers.
  public var minimumOrder: Money
  public var deliveryFee: Money
  public var status: ShopStatus
  /// In the order in which the items were added.
  public var menu: [MenuItem]
  /// From 1, growing by 1 with every change of the shop or its menu; the `ETag` and the event's `sequence`.
  public var version: Int64
  public var createdAt: Timestamp
  public var updatedAt: Timestamp

  public init(
    id: Identifier, ownerId: Identifier, name: String, category: Category, district: District, location: Location,
    address: String, minimumOrder: Money, deliveryFee: Money, status: ShopStatus, menu: [MenuItem], version: Int64,
    createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.ownerId = ownerId
    self.name = name
    self.category = category
    self.district = district
    self.location = location
    self.address = address
    self.minimumOrder = minimumOrder
    self.deliveryFee = deliveryFee
    self.status = status
    self.menu = menu
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// Whether a shop takes orders: `paused` is a short break, `closed` is for the rest of the day.
public enum ShopStatus: String, CaseIterable, Codable, Hashable, Sendable {
  case open, paused, closed
}

/// An item of a shop's menu.
public struct MenuItem: Hashable, Sendable, Codable {
  public var id: Identifier
  public var name: String
  public var price: Money
  public var description: String?

  public init(id: Identifier, name: String, price: Money, description: String?) {
    self.id = id
    self.name = name
    self.price = price
    self.description = description
  }
}
