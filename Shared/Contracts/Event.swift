/// A zero-payload event: the CloudEvents 1.0 attributes of a change, without the changed state.
///
/// Consumers fetch the current state of `subject` from the source. `sequence` is the version of the subject that the change
/// created, so a consumer that already holds that version or a later one has nothing to do.
public struct Event: Hashable, Sendable {
  /// Identifies this event; a redelivered or republished event keeps its id.
  public var id: Identifier
  /// The service that owns the subject, as a path: `/shop`.
  public var source: String
  public var type: EventType
  /// The aggregate that changed.
  public var subject: Identifier
  /// When the change was made, by the source's clock.
  public var time: Timestamp
  /// The subject's version after the change: from 1, growing by 1.
  public var sequence: Int64
  /// The W3C trace context of the request that made the change.
  public var traceparent: String?

  public init(
    id: Identifier, source: String, type: EventType, subject: Identifier, time: Timestamp, sequence: Int64,
    traceparent: String?
  ) {
    self.id = id
    self.source = source
    self.type = type
    self.subject = subject
    self.time = time
    self.sequence = sequence
    self.traceparent = traceparent
  }
}

/// The name of a kind of change: the aggregate's name and a verb in the past tense, as in `shop.updated`.
///
/// An open set: consumers must ignore types that they don't know.
public struct EventType: RawRepresentable, Hashable, Sendable {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  public static let shopCreated = EventType(rawValue: "shop.created")
  public static let shopUpdated = EventType(rawValue: "shop.updated")
  public static let shopStatusChanged = EventType(rawValue: "shop.statusChanged")
  public static let shopMenuChanged = EventType(rawValue: "shop.menuChanged")
  public static let shopDeleted = EventType(rawValue: "shop.deleted")

  public static let orderPlaced = EventType(rawValue: "order.placed")
  public static let orderPaid = EventType(rawValue: "order.paid")
  public static let orderAccepted = EventType(rawValue: "order.accepted")
  public static let orderPickedUp = EventType(rawValue: "order.pickedUp")
  public static let orderDelivered = EventType(rawValue: "order.delivered")
  public static let orderCancelled = EventType(rawValue: "order.cancelled")
  public static let orderRejected = EventType(rawValue: "order.rejected")
  public static let orderExpired = EventType(rawValue: "order.expired")
  public static let orderPaymentFailed = EventType(rawValue: "order.paymentFailed")

  public static let paymentRequested = EventType(rawValue: "payment.requested")
  public static let paymentAuthorized = EventType(rawValue: "payment.authorized")
  public static let paymentDeclined = EventType(rawValue: "payment.declined")
  public static let paymentCaptured = EventType(rawValue: "payment.captured")
  public static let paymentVoided = EventType(rawValue: "payment.voided")
  public static let paymentRefunded = EventType(rawValue: "payment.refunded")

  public static let riderRegistered = EventType(rawValue: "rider.registered")
  public static let riderStatusChanged = EventType(rawValue: "rider.statusChanged")
  public static let deliveryRequested = EventType(rawValue: "delivery.requested")
  public static let deliveryAssigned = EventType(rawValue: "delivery.assigned")
  public static let deliveryPickedUp = EventType(rawValue: "delivery.pickedUp")
  public static let deliveryDelivered = EventType(rawValue: "delivery.delivered")
  public static let deliveryCancelled = EventType(rawValue: "delivery.cancelled")

  public static let reviewPosted = EventType(rawValue: "review.posted")
  public static let reviewReplied = EventType(rawValue: "review.replied")
  public static let reviewDeleted = EventType(rawValue: "review.deleted")
  /// The subject is a shop: the mean of its reviews is an aggregate of its own.
  public static let ratingChanged = EventType(rawValue: "rating.changed")

  public static let accountRegistered = EventType(rawValue: "account.registered")
  public static let accountPasswordChanged = EventType(rawValue: "account.passwordChanged")
  public static let accountSuspended = EventType(rawValue: "account.suspended")
  public static let accountReactivated = EventType(rawValue: "account.reactivated")
}
