/// The payment of an order: the response of `GET /payments/{id}`.
public struct Payment: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var orderId: Identifier
  public var customerId: Identifier
  /// The requested amount.
  public var amount: Money
  public var status: PaymentStatus
  /// The captured amount, refunds not subtracted.
  public var captured: Money
  public var refunded: Money
  /// An operation that was sent to the card network and whose outcome is not known yet; `nil` when there is none.
  public var pending: PaymentOperation?
  /// Why the network declined: `declined`, `insufficient_funds`…
  public var declineReason: String?
  public var version: Int64
  public var createdAt: Timestamp
  public var updatedAt: Timestamp
  /// Every status that it had, in order.
  public var timeline: [StatusChange<PaymentStatus>]

  public init(
    id: Identifier, orderId: Identifier, customerId: Identifier, amount: Money, status: PaymentStatus, captured: Money,
    refunded: Money, pending: PaymentOperation?, declineReason: String?, version: Int64, createdAt: Timestamp,
    updatedAt: Timestamp, timeline: [StatusChange<PaymentStatus>]
  ) {
    self.id = id
    self.orderId = orderId
    self.customerId = customerId
    self.amount = amount
    self.status = status
    self.captured = captured
    self.refunded = refunded
    self.pending = pending
    self.declineReason = declineReason
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.timeline = timeline
  }
}

/// The last confirmed state at the card network.
public enum PaymentStatus: String, CaseIterable, Codable, Hashable, Sendable {
  /// The network's response is not known yet.
  case requested
  case authorized, declined, captured, voided
  /// Refunded in full; after a partial refund it stays `captured`.
  case refunded
}

/// An operation of the card network.
public enum PaymentOperation: String, CaseIterable, Codable, Hashable, Sendable {
  case authorize, capture, void, refund
}
