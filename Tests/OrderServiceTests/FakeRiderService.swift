import Contracts
import Hummingbird
import Synchronization
import Web

@testable import Events

/// The rider service's API over deliveries in memory; the test sets their statuses.
final class FakeRiderService: Sendable {
  let faults = ServiceFaults()
  private let deliveries = Mutex<[Identifier: Delivery]>([:])

  func delivery(of order: Identifier) -> Delivery? { deliveries.withLock { $0[order] } }

  /// Sets the status of an order's delivery, and returns the change of its event.
  @discardableResult
  func set(_ status: DeliveryStatus, of order: Order) -> AggregateChange {
    deliveries.withLock { deliveries in
      var delivery =
        deliveries[order.id]
        ?? Delivery(
          id: .v7(at: .init(milliseconds: 1)), orderId: order.id, customerId: order.customerId, shopId: order.shopId,
          ownerId: order.ownerId, pickup: order.pickup, dropOff: order.deliveryAddress, status: status, riderId: nil,
          riderName: nil, reason: nil, version: 0, createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0),
          timeline: [])
      delivery.status = status
      delivery.version += 1
      deliveries[order.id] = delivery
      return AggregateChange(
        source: "/rider", subject: delivery.id, sequence: delivery.version, types: [Self.event(status)],
        time: Timestamp(milliseconds: 0), traceparent: nil)
    }
  }

  private static func event(_ status: DeliveryStatus) -> EventType {
    switch status {
    case .requested: .deliveryRequested
    case .assigned: .deliveryAssigned
    case .pickedUp: .deliveryPickedUp
    case .delivered: .deliveryDelivered
    case .cancelled: .deliveryCancelled
    }
  }

  func add(to router: Router<BasicRequestContext>) {
    router.get("deliveries") { request, _ in
      let query = try request.query()
      let orders = try query.identifiers("orderId", maximum: 1)
      let ids = try query.identifiers("ids", maximum: 500) ?? []
      return try await self.faults.handle(orders == nil ? "batch" : "query", request) { _ in
        let found = self.deliveries.withLock { deliveries in
          deliveries.values.filter { orders?.contains($0.orderId) ?? ids.contains($0.id) }
        }
        return try .json(Batch(items: found, deleted: [], unknown: []))
      }
    }
    router.post("deliveries/cancel") { request, context in
      struct Body: Decodable {
        let orderId: Identifier
        let reason: String
        let lost: Bool?
      }
      let body = try await request.json(Body.self, context)
      return try await self.faults.handle("cancel", request) { _ in
        try self.deliveries.withLock { deliveries in
          guard let delivery = deliveries[body.orderId] else {
            deliveries[body.orderId] = .tombstone(body.orderId)
            return try .json(deliveries[body.orderId])
          }
          guard delivery.status != .delivered, delivery.status != .pickedUp || body.lost == true else {
            throw Problem.conflict("illegal_transition", "the delivery is \(delivery.status)")
          }
          deliveries[body.orderId]?.status = .cancelled
          deliveries[body.orderId]?.reason = body.reason
          return try .json(deliveries[body.orderId])
        }
      }
    }
  }
}

extension Delivery {
  fileprivate static func tombstone(_ order: Identifier) -> Delivery {
    let nowhere = Address(address: "", location: Location(latitude: 0, longitude: 0))
    return Delivery(
      id: order, orderId: order, customerId: order, shopId: order, ownerId: order, pickup: nowhere, dropOff: nowhere,
      status: .cancelled, riderId: nil, riderName: nil, reason: nil, version: 1, createdAt: Timestamp(milliseconds: 0),
      updatedAt: Timestamp(milliseconds: 0), timeline: [])
  }
}
