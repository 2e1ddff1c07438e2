/// The payment of an order, as its owner service shows it: the answer of `GET /payments/{id}`.
public struct Payment: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var orderId: Identifier
  public var customerId: Identifier
  /// What was asked of the card.
  public var amount: Money
  public var status: PaymentStatus
  /// What was taken from the card, refunds not subtracted.
  public var captured: Money
  public var refunded: Money
  /// What the card network was asked for and has not been heard to have done; `nil` when nothing is open.
  public var pending: PaymentOperation?
  /// Why the network refused: `declined`, `insufficient_funds`…
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

/// What the card network is known to have done.
public enum PaymentStatus: String, CaseIterable, Codable, Hashable, Sendable {
  /// The network's answer is not known yet.
  case requested
  case authorized, declined, captured, voided
  /// Refunded in full; after a part refund it stays `captured`.
  case refunded
}

/// A movement of money that the card network is asked for.
public enum PaymentOperation: String, CaseIterable, Codable, Hashable, Sendable {
  case authorize, capture, void, refund
}
