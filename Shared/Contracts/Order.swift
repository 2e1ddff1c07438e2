/// An order as its owner service shows it: the answer of `GET /orders/{id}`.
public struct Order: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var customerId: Identifier
  public var shopId: Identifier
  /// Whose shop it was when the order was placed.
  public var ownerId: Identifier
  public var shopName: String
  /// Where the rider fetches the order: the shop.
  public var pickup: Address
  public var deliveryAddress: Address
  public var items: [OrderItem]
  /// The items' sum.
  public var subtotal: Money
  public var deliveryFee: Money
  /// What the customer pays: subtotal and delivery fee, at the prices of the moment of ordering.
  public var total: Money
  public var status: OrderStatus
  /// How long the shop needs, since it accepted.
  public var preparationMinutes: Int?
  /// Why the order came to its end, when it was not delivered.
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

/// Where an order stands. The last five are ends.
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

/// A dish of an order, as it stood on the menu when it was ordered.
public struct OrderItem: Hashable, Sendable, Codable {
  public var menuItemId: Identifier
  public var name: String
  /// Of one.
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

/// A place that a rider can find: what to read on the ingress, and where the ingress is.
public struct Address: Hashable, Sendable, Codable {
  public var address: String
  public var location: Location

  public init(address: String, location: Location) {
    self.address = address
    self.location = location
  }
}
