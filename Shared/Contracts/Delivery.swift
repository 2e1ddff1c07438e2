/// The delivery of an order: the response of `GET /deliveries/{id}`.
public struct Delivery: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var orderId: Identifier
  public var customerId: Identifier
  public var shopId: Identifier
  public var ownerId: Identifier
  public var pickup: Address
  public var dropOff: Address
  public var status: DeliveryStatus
  /// The rider who accepted it, if any.
  public var riderId: Identifier?
  public var riderName: String?
  /// Why it was cancelled.
  public var reason: String?
  public var version: Int64
  public var createdAt: Timestamp
  public var updatedAt: Timestamp
  /// Every status that it had, in order.
  public var timeline: [StatusChange<DeliveryStatus>]

  public init(
    id: Identifier, orderId: Identifier, customerId: Identifier, shopId: Identifier, ownerId: Identifier, pickup: Address,
    dropOff: Address, status: DeliveryStatus, riderId: Identifier?, riderName: String?, reason: String?, version: Int64,
    createdAt: Timestamp, updatedAt: Timestamp, timeline: [StatusChange<DeliveryStatus>]
  ) {
    self.id = id
    self.orderId = orderId
    self.customerId = customerId
    self.shopId = shopId
    self.ownerId = ownerId
    self.pickup = pickup
    self.dropOff = dropOff
    self.status = status
    self.riderId = riderId
    self.riderName = riderName
    self.reason = reason
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.timeline = timeline
  }
}

/// The state of a delivery. The last two are final.
public enum DeliveryStatus: String, CaseIterable, Codable, Hashable, Sendable {
  /// Waiting for a rider.
  case requested
  /// A rider accepted it.
  case assigned
  case pickedUp
  case delivered, cancelled
}
