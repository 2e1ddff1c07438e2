import Contracts
import Idempotency
import Postgres
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: delivery store")
struct DeliveryStoreTests {
  @Test("A batch of orders inserts one delivery with one event per order, even if it is repeated")
  func requests() async throws {
    try await RiderFixture.run { fixture in
      let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      let orders = (0..<20).map { _ in Order.sample() }
      func batch() -> [NewDelivery] { orders.map { NewDelivery(id: .fresh(), order: $0, traceparent: trace) } }
      let first = batch()
      #expect(try await fixture.deliveries.request(first) == 20)
      #expect(try await fixture.deliveries.request(batch()) == 0)
      let more = NewDelivery(id: .fresh(), order: .sample(), traceparent: nil)
      #expect(try await fixture.deliveries.request(batch() + [more]) == 1)
      #expect(
        try await fixture.sql(
          "SELECT count(*), count(DISTINCT subject), min(sequence), max(sequence), count(traceparent) FROM outbox")
          == "21|21|1|1|20")
      let delivery = try await fixture.document(first[0].id)
      let order = orders[0]
      #expect(delivery.orderId == order.id)
      #expect((delivery.customerId, delivery.shopId, delivery.ownerId) == (order.customerId, order.shopId, order.ownerId))
      #expect(delivery.pickup == order.pickup)
      #expect(delivery.dropOff == order.deliveryAddress)
      #expect(delivery.status == .requested)
      #expect(delivery.timeline == [StatusChange(version: 1, status: .requested, at: delivery.createdAt)])
    }
  }

  @Test("Accept, pick-up and completion each add a version, a timeline entry and an event")
  func lifecycle() async throws {
    try await RiderFixture.run { fixture in
      let target = try await fixture.delivery(in: .delivered)
      let delivery = try await fixture.document(target.id)
      #expect(delivery.riderId == target.rider)
      #expect(delivery.riderName == "라이더 1")
      #expect(delivery.version == 4)
      #expect(delivery.timeline.map(\.status) == [.requested, .assigned, .pickedUp, .delivered])
      #expect(delivery.timeline.map(\.version) == [1, 2, 3, 4])
      #expect(delivery.timeline.map(\.at) == delivery.timeline.map(\.at).sorted())
      #expect(delivery.timeline.last?.at == delivery.updatedAt)
      let events = try await fixture.sql("SELECT type, sequence FROM outbox WHERE subject = '\(target.id)' ORDER BY sequence")
      #expect(
        events == "delivery.requested|1\ndelivery.assigned|2\ndelivery.pickedUp|3\ndelivery.delivered|4")
      #expect(try await fixture.sql("SELECT status, ended_at IS NOT NULL FROM offers") == "accepted|t")
    }
  }

  @Test("In each status the SQL guards allow exactly the actions of the transition table", arguments: DeliveryStatus.allCases)
  func guards(_ status: DeliveryStatus) async throws {
    try await RiderFixture.run { fixture in
      for action in DeliveryAction.allCases {
        let target = try await fixture.delivery(in: status)
        let before = try await fixture.document(target.id)
        let expected = DeliveryTransitionsTests.table[action]?[status]
        do {
          try await fixture.execute(action, target, order: before.orderId)
          // Repeating the action as the same rider is allowed and changes nothing.
          let isRepeated = status == action.target
          #expect(expected != nil || isRepeated, "\(action) while \(status)")
        } catch let error as RiderError {
          #expect(expected == nil, "\(action) while \(status): \(error)")
        }
        let after = try await fixture.document(target.id)
        #expect(after.status == expected ?? status)
        #expect(after.version == before.version + (expected == nil ? 0 : 1))
        #expect(after.timeline.last?.status == after.status)
        #expect(after.timeline.count == Int(after.version))
      }
    }
  }

  @Test("Other riders' deliveries are unknown to a rider; a former offer is rejected with the reason why it closed")
  func otherRiders() async throws {
    try await RiderFixture.run { fixture in
      let target = try await fixture.delivery(in: .assigned)
      let stranger = DeliveryTarget(id: target.id, rider: try await fixture.online(.cityHall)[0])
      for action in [DeliveryAction.accept, .pickUp, .complete] {
        await #expect(throws: RiderError.unknownDelivery) { try await fixture.execute(action, stranger, order: .fresh()) }
      }
      await #expect(throws: RiderError.unknownDelivery) { try await fixture.deliveries.decline(stranger) }
      let wrongVersion = DeliveryTarget(id: target.id, rider: target.rider, expectedVersion: 1)
      await #expect(throws: RiderError.versionMismatch(current: 2)) {
        try await fixture.deliveries.advance(.pickUp, wrongVersion)
      }

      let declined = DeliveryTarget(id: try await fixture.request()[0], rider: stranger.rider)
      try await fixture.offer(declined.id, to: declined.rider)
      #expect(try await fixture.deliveries.decline(declined))
      #expect(try await fixture.deliveries.decline(declined) == false, "declining again changes nothing")
      await #expect(throws: RiderError.offerClosed(.declined)) { try await fixture.deliveries.accept(declined) }
      await #expect(throws: RiderError.unknownDelivery) { try await fixture.deliveries.advance(.pickUp, declined) }
    }
  }

  @Test("An offer that timed out can't be accepted or declined, even before it is expired")
  func timedOutOffers() async throws {
    try await RiderFixture.run { fixture in
      let target = DeliveryTarget(id: try await fixture.request()[0], rider: try await fixture.online(.cityHall)[0])
      try await fixture.offer(target.id, to: target.rider, for: .milliseconds(1))
      try await eventually("the end of the offer") { try await fixture.deliveries.openOffers(to: target.rider).isEmpty }
      await #expect(throws: RiderError.offerClosed(.expired)) { try await fixture.deliveries.accept(target) }
      await #expect(throws: RiderError.offerClosed(.expired)) { try await fixture.deliveries.decline(target) }
      #expect(try await fixture.dispatch.expireOffers() == [target.rider])
      #expect(try await fixture.dispatch.hasDue())
    }
  }
}

extension RiderFixture {
  func execute(_ action: DeliveryAction, _ target: DeliveryTarget, order: Identifier) async throws {
    switch action {
    case .accept: _ = try await deliveries.accept(target)
    case .pickUp, .complete: _ = try await deliveries.advance(action, target)
    case .cancel: _ = try await deliveries.cancel(Cancellation(order: order, reason: "늦음", isLost: false))
    case .writeOff: _ = try await deliveries.cancel(Cancellation(order: order, reason: "늦음", isLost: true))
    }
  }
}
