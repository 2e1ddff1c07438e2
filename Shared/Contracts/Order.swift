/// An order: the response of `GET /orders/{id}`.
public struct Order: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var customerId: Identifier
  public var shopId: Identifier
  /// The owner of the shop at the time of the order.
  public var ownerId: Identifier
  public var shopName: String
  /// Where the rider collects the order: the shop.
  public var pickup: Address
  public var deliveryAddress: Address
  public var items: [OrderItem]
  /// The sum of the items.
  public var subtotal: Money
  public var deliveryFee: Money
  /// What the customer pays: subtotal and delivery fee, at the prices at the time of the order.
  public var total: Money
  public var status: OrderStatus
  /// How long the shop needs to prepare the order, from its acceptance.
  public var preparationMinutes: Int?
  /// Why the order ended without being delivered.
  public var reason: String?
  public var paymentId: Identifier
  public var version: Int64
  public var placedAt: Timestamp
  public var updatedAt: Timestamp
  /// Every status that it had, in order.
  public var timeline: [StatusChange<OrderStatus>]

  public init(
    id: Identifier, customerId: Identifier, shopId: Identifier, ownerId: Identifier, shopName: String, pickup: Address,
    deliveryAddress: Address, items: [OrderItem], subtotal: Money, deliveryFee: Money, total: Money, status: OrderStatus,
    preparationMinutes: Int?, reason: String?, paymentId: Identifier, version: Int64, placedAt: Timestamp, updatedAt: Timestamp,
    timeline: [StatusChange<OrderStatus>]
  ) {
    self.id = id
    self.customerId = customerId
    self.shopId = shopId
    self.ownerId = ownerId
    self.shopName = shopName
    self.pickup = pickup
    self.deliveryAddress = deliveryAddress
    self.items = items
    self.subtotal = subtotal
    self.deliveryFee = deliveryFee
    self.total = total
    self.status = status
    self.preparationMinutes = preparationMinutes
    self.reason = reason
    self.paymentId = paymentId
    self.version = version
    self.placedAt = placedAt
    self.updatedAt = updatedAt
    self.timeline = timeline
  }
}

/// The state of an order. The last five are final.
public enum OrderStatus: String, CaseIterable, Codable, Hashable, Sendable {
  case placed, paid, accepted, pickedUp
  case delivered, paymentFailed, rejected, cancelled, expired

  public var isFinal: Bool {
    switch self {
    case .placed, .paid, .accepted, .pickedUp: false
    case .delivered, .paymentFailed, .rejected, .cancelled, .expired: true
    }
  }
}

/// A dish of an order, as it was on the menu at the time of the order.
public struct OrderItem: Hashable, Sendable, Codable {
  public var menuItemId: Identifier
  public var name: String
  /// Price of one.
  public var price: Money
  /// 1–99.
  public var quantity: Int

  public init(menuItemId: Identifier, name: String, price: Money, quantity: Int) {
    self.menuItemId = menuItemId
    self.name = name
    self.price = price
    self.quantity = quantity
  }
}

/// A postal address and its position.
public struct Address: Hashable, Sendable, Codable {
  public var address: String
  public var location: Location

  public init(address: String, location: Location) {
    self.address = address
    self.location = location
  }
}
