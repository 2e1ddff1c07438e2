import Contracts
import Idempotency
import TestSupport
import Testing

@testable import RiderService

@Suite("Calling deliveries off")
struct CancellationTests {
  private func cancellation(_ order: Identifier, isLost: Bool = false) -> Cancellation {
    Cancellation(order: order, reason: "결제 실패", isLost: isLost)
  }

  @Test("A cancellation that comes before the order leaves a tombstone, and the late order makes nothing")
  func tombstone() async throws {
    try await RiderBench.run { bench in
      let order = Order.sample()
      let answer = try await bench.deliveries.cancel(cancellation(order.id))
      let shown = try decode(Delivery.self, answer.document.json)
      #expect(shown.orderId == order.id)
      #expect(shown.status == .cancelled)
      #expect(shown.reason == "결제 실패")
      #expect(try await bench.deliveries.request([NewDelivery(id: .fresh(), order: order, traceparent: nil)]) == 0)
      let again = try await bench.deliveries.cancel(cancellation(order.id))
      #expect(again.document == answer.document)

      // It is no delivery: nobody hears of it, and whoever asks is told that it is gone.
      #expect(try await bench.sql("SELECT count(*) FROM outbox") == "0")
      let service = Reader(role: "service", id: .fresh())
      await #expect(throws: RiderError.neverDelivered) { try await bench.deliveries.delivery(shown.id, for: service) }
      #expect(try await bench.deliveries.deliveries([shown.id]).map(\.json) == [nil])
      #expect(
        try await bench.deliveries.versions(after: nil, changedSince: nil, limit: 10)
          == [AggregateVersion(id: shown.id, version: 1, deleted: true)])
      #expect(try await bench.dispatch.hasDue() == false)
    }
  }

  @Test("A cancellation and the order at the same time leave one cancelled delivery, or a tombstone")
  func race() async throws {
    try await RiderBench.run { bench in
      let orders = (0..<40).map { _ in Order.sample() }
      let tasks: [@Sendable () async throws -> Void] = orders.flatMap { order -> [@Sendable () async throws -> Void] in
        [
          { _ = try await bench.deliveries.request([NewDelivery(id: .fresh(), order: order, traceparent: nil)]) },
          { _ = try await bench.deliveries.cancel(cancellation(order.id)) },
        ]
      }
      _ = try await concurrently(tasks.shuffled()) { try await $0() }
      #expect(try await bench.sql("SELECT count(*), count(*) FILTER (WHERE status = 'cancelled') FROM deliveries") == "40|40")
    }
  }

  @Test("A cancellation takes back an open offer, and frees the rider of an assigned delivery")
  func frees() async throws {
    try await RiderBench.run { bench in
      let offered = try await bench.delivery(in: .requested)
      var answer = try await bench.deliveries.cancel(cancellation(try await bench.document(offered.id).orderId))
      #expect(answer.freedRider == offered.rider)
      #expect(answer.hasWithdrawn)
      #expect(try await bench.deliveries.openOffers(to: offered.rider).isEmpty)
      await #expect(throws: RiderError.offerClosed(.withdrawn)) { try await bench.deliveries.accept(offered) }

      let assigned = try await bench.delivery(in: .assigned)
      answer = try await bench.deliveries.cancel(cancellation(try await bench.document(assigned.id).orderId))
      #expect(answer.freedRider == assigned.rider)
      #expect(!answer.hasWithdrawn)
      let next = DeliveryTarget(id: try await bench.request()[0], rider: assigned.rider)
      try await bench.offer(next.id, to: next.rider)
      #expect(try await bench.deliveries.accept(next).document.version == 2)
    }
  }

  @Test("What the rider has already is called off only as lost; what was delivered never is")
  func underWay() async throws {
    try await RiderBench.run { bench in
      let pickedUp = try await bench.document(try await bench.delivery(in: .pickedUp).id)
      await #expect(throws: RiderError.illegalTransition(IllegalDeliveryTransition(status: .pickedUp, action: .cancel))) {
        try await bench.deliveries.cancel(cancellation(pickedUp.orderId))
      }
      let lost = try await bench.deliveries.cancel(cancellation(pickedUp.orderId, isLost: true))
      #expect(try decode(Delivery.self, lost.document.json).status == .cancelled)
      #expect(try await bench.document(pickedUp.id).timeline.map(\.status) == [.requested, .assigned, .pickedUp, .cancelled])
      let delivered = try await bench.document(try await bench.delivery(in: .delivered).id)
      await #expect(throws: RiderError.illegalTransition(IllegalDeliveryTransition(status: .delivered, action: .writeOff))) {
        try await bench.deliveries.cancel(cancellation(delivered.orderId, isLost: true))
      }
    }
  }
}
