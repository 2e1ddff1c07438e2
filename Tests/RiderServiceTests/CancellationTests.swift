import Contracts
import Idempotency
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: cancellation of deliveries")
struct CancellationTests {
  private func cancellation(_ order: Identifier, isLost: Bool = false) -> Cancellation {
    Cancellation(order: order, reason: "결제 실패", isLost: isLost)
  }

  @Test("A cancellation before the request inserts a tombstone, and the late request inserts no delivery")
  func tombstone() async throws {
    try await RiderFixture.run { fixture in
      let order = Order.sample()
      let result = try await fixture.deliveries.cancel(cancellation(order.id))
      let delivery = try decode(Delivery.self, result.document.json)
      #expect(delivery.orderId == order.id)
      #expect(delivery.status == .cancelled)
      #expect(delivery.reason == "결제 실패")
      #expect(try await fixture.deliveries.request([NewDelivery(id: .fresh(), order: order, traceparent: nil)]) == 0)
      let repeated = try await fixture.deliveries.cancel(cancellation(order.id))
      #expect(repeated.document == result.document)

      // A tombstone is not a delivery: it has no event, and reading it fails with 410.
      #expect(try await fixture.sql("SELECT count(*) FROM outbox") == "0")
      let service = Reader(role: "service", id: .fresh())
      await #expect(throws: RiderError.cancelledBeforeRequest) {
        try await fixture.deliveries.delivery(delivery.id, for: service)
      }
      #expect(try await fixture.deliveries.deliveries([delivery.id]).map(\.json) == [nil])
      #expect(
        try await fixture.deliveries.versions(after: nil, changedSince: nil, limit: 10)
          == [AggregateVersion(id: delivery.id, version: 1, deleted: true)])
      #expect(try await fixture.dispatch.hasDue() == false)
    }
  }

  @Test("A concurrent cancellation and request leave one cancelled delivery or one tombstone")
  func race() async throws {
    try await RiderFixture.run { fixture in
      let orders = (0..<40).map { _ in Order.sample() }
      let tasks: [@Sendable () async throws -> Void] = orders.flatMap { order -> [@Sendable () async throws -> Void] in
        [
          { _ = try await fixture.deliveries.request([NewDelivery(id: .fresh(), order: order, traceparent: nil)]) },
          { _ = try await fixture.deliveries.cancel(cancellation(order.id)) },
        ]
      }
      _ = try await concurrently(tasks.shuffled()) { try await $0() }
      #expect(try await fixture.sql("SELECT count(*), count(*) FILTER (WHERE status = 'cancelled') FROM deliveries") == "40|40")
    }
  }

  @Test("A cancellation withdraws an open offer, and frees the rider of an assigned delivery")
  func frees() async throws {
    try await RiderFixture.run { fixture in
      let offered = try await fixture.delivery(in: .requested)
      var result = try await fixture.deliveries.cancel(cancellation(try await fixture.document(offered.id).orderId))
      #expect(result.freedRider == offered.rider)
      #expect(result.hasWithdrawnOffer)
      #expect(try await fixture.deliveries.openOffers(to: offered.rider).isEmpty)
      await #expect(throws: RiderError.offerClosed(.withdrawn)) { try await fixture.deliveries.accept(offered) }

      let assigned = try await fixture.delivery(in: .assigned)
      result = try await fixture.deliveries.cancel(cancellation(try await fixture.document(assigned.id).orderId))
      #expect(result.freedRider == assigned.rider)
      #expect(!result.hasWithdrawnOffer)
      let next = DeliveryTarget(id: try await fixture.request()[0], rider: assigned.rider)
      try await fixture.offer(next.id, to: next.rider)
      #expect(try await fixture.deliveries.accept(next).document.version == 2)
    }
  }

  @Test("A picked-up delivery can be cancelled only as lost; a delivered one can't be cancelled")
  func pickedUpOrDelivered() async throws {
    try await RiderFixture.run { fixture in
      let pickedUp = try await fixture.document(try await fixture.delivery(in: .pickedUp).id)
      await #expect(throws: RiderError.illegalTransition(IllegalDeliveryTransition(status: .pickedUp, action: .cancel))) {
        try await fixture.deliveries.cancel(cancellation(pickedUp.orderId))
      }
      let lost = try await fixture.deliveries.cancel(cancellation(pickedUp.orderId, isLost: true))
      #expect(try decode(Delivery.self, lost.document.json).status == .cancelled)
      #expect(try await fixture.document(pickedUp.id).timeline.map(\.status) == [.requested, .assigned, .pickedUp, .cancelled])
      let delivered = try await fixture.document(try await fixture.delivery(in: .delivered).id)
      await #expect(throws: RiderError.illegalTransition(IllegalDeliveryTransition(status: .delivered, action: .writeOff))) {
        try await fixture.deliveries.cancel(cancellation(delivered.orderId, isLost: true))
      }
    }
  }
}
