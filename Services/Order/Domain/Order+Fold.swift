import Contracts

extension Order {
  /// Folds a history into the order's state; `nil` unless the history starts with `.placed` and has no gap.
  static func fold(_ history: [RecordedEvent]) -> Order? {
    guard let first = history.first, first.version == 1, case .placed(let placement) = first.event else { return nil }
    var order = Order(placement, at: first.at)
    for recorded in history.dropFirst() {
      guard recorded.version == order.version + 1, order.apply(recorded.event, at: recorded.at) else { return nil }
    }
    return order
  }

  /// The state after `.placed`.
  init(_ placement: OrderPlacement, at time: Timestamp) {
    self.init(
      id: placement.id, customerId: placement.customerId, shopId: placement.shopId, ownerId: placement.ownerId,
      shopName: placement.shopName, pickup: placement.pickup, deliveryAddress: placement.deliveryAddress,
      items: placement.items, subtotal: placement.subtotal, deliveryFee: placement.deliveryFee, total: placement.total,
      status: .placed, preparationMinutes: nil, reason: nil, paymentId: placement.paymentId, version: 1, placedAt: time,
      updatedAt: time, timeline: [StatusChange(version: 1, status: .placed, at: time)])
  }

  /// Applies an event. ``event(for:)`` has checked that it is legal.
  ///
  /// - Returns: false for `.placed`, which cannot follow another event.
  mutating func apply(_ event: OrderEvent, at time: Timestamp) -> Bool {
    switch event {
    case .placed: return false
    case .accepted(let minutes): preparationMinutes = minutes
    case .paymentFailed(let reason), .rejected(let reason), .cancelled(let reason), .expired(let reason): self.reason = reason
    case .paid, .pickedUp, .delivered: break
    }
    status = event.status
    version += 1
    updatedAt = time
    timeline.append(StatusChange(version: version, status: status, at: time))
    return true
  }
}
