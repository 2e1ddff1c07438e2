import Contracts
import Idempotency
import Postgres
import TestSupport
import Testing

@testable import RiderService

@Suite("Deliveries in PostgreSQL")
struct DeliveryStoreTests {
  @Test("A batch of orders makes one delivery each, with its event, however often it comes")
  func requests() async throws {
    try await RiderBench.run { bench in
      let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      let orders = (0..<20).map { _ in Order.sample() }
      func batch() -> [NewDelivery] { orders.map { NewDelivery(id: .fresh(), order: $0, traceparent: trace) } }
      let first = batch()
      #expect(try await bench.deliveries.request(first) == 20)
      #expect(try await bench.deliveries.request(batch()) == 0)
      let more = NewDelivery(id: .fresh(), order: .sample(), traceparent: nil)
      #expect(try await bench.deliveries.request(batch() + [more]) == 1)
      #expect(
        try await bench.sql(
          "SELECT count(*), count(DISTINCT subject), min(sequence), max(sequence), count(traceparent) FROM outbox")
          == "21|21|1|1|20")
      let delivery = try await bench.document(first[0].id)
      let order = orders[0]
      #expect(delivery.orderId == order.id)
      #expect((delivery.customerId, delivery.shopId, delivery.ownerId) == (order.customerId, order.shopId, order.ownerId))
      #expect(delivery.pickup == order.pickup)
      #expect(delivery.dropOff == order.deliveryAddress)
      #expect(delivery.status == .requested)
      #expect(delivery.timeline == [StatusChange(version: 1, status: .requested, at: delivery.createdAt)])
    }
  }

  @Test("Accepted, fetched, delivered: each step is a version, a line of the timeline and an event")
  func life() async throws {
    try await RiderBench.run { bench in
      let target = try await bench.delivery(in: .delivered)
      let delivery = try await bench.document(target.id)
      #expect(delivery.riderId == target.rider)
      #expect(delivery.riderName == "라이더 1")
      #expect(delivery.version == 4)
      #expect(delivery.timeline.map(\.status) == [.requested, .assigned, .pickedUp, .delivered])
      #expect(delivery.timeline.map(\.version) == [1, 2, 3, 4])
      #expect(delivery.timeline.map(\.at) == delivery.timeline.map(\.at).sorted())
      #expect(delivery.timeline.last?.at == delivery.updatedAt)
      let events = try await bench.sql("SELECT type, sequence FROM outbox WHERE subject = '\(target.id)' ORDER BY sequence")
      #expect(
        events == "delivery.requested|1\ndelivery.assigned|2\ndelivery.pickedUp|3\ndelivery.delivered|4")
      #expect(try await bench.sql("SELECT status, ended_at IS NOT NULL FROM offers") == "accepted|t")
    }
  }

  @Test("In each state the database allows what the table allows, and nothing else", arguments: DeliveryStatus.allCases)
  func guards(_ status: DeliveryStatus) async throws {
    try await RiderBench.run { bench in
      for action in DeliveryAction.allCases {
        let target = try await bench.delivery(in: status)
        let before = try await bench.document(target.id)
        let expected = DeliveryTransitionsTests.table[action]?[status]
        do {
          try await bench.carryOut(action, target, order: before.orderId)
          // Done again by the same rider it stays as it is.
          let isRepeated = status == action.target
          #expect(expected != nil || isRepeated, "\(action) while \(status)")
        } catch let error as RiderError {
          #expect(expected == nil, "\(action) while \(status): \(error)")
        }
        let after = try await bench.document(target.id)
        #expect(after.status == expected ?? status)
        #expect(after.version == before.version + (expected == nil ? 0 : 1))
        #expect(after.timeline.last?.status == after.status)
        #expect(after.timeline.count == Int(after.version))
      }
    }
  }

  @Test("What a rider has nothing to do with isn't there for him; what he was offered once is told why it is over")
  func foreign() async throws {
    try await RiderBench.run { bench in
      let target = try await bench.delivery(in: .assigned)
      let stranger = DeliveryTarget(id: target.id, rider: try await bench.online(.cityHall)[0])
      for action in [DeliveryAction.accept, .pickUp, .complete] {
        await #expect(throws: RiderError.unknownDelivery) { try await bench.carryOut(action, stranger, order: .fresh()) }
      }
      await #expect(throws: RiderError.unknownDelivery) { try await bench.deliveries.decline(stranger) }
      let wrongVersion = DeliveryTarget(id: target.id, rider: target.rider, expectedVersion: 1)
      await #expect(throws: RiderError.versionMismatch(current: 2)) { try await bench.deliveries.advance(.pickUp, wrongVersion) }

      let declined = DeliveryTarget(id: try await bench.request()[0], rider: stranger.rider)
      try await bench.offer(declined.id, to: declined.rider)
      #expect(try await bench.deliveries.decline(declined))
      #expect(try await bench.deliveries.decline(declined) == false, "declined again it stays declined")
      await #expect(throws: RiderError.offerClosed(.declined)) { try await bench.deliveries.accept(declined) }
      await #expect(throws: RiderError.unknownDelivery) { try await bench.deliveries.advance(.pickUp, declined) }
    }
  }

  @Test("An offer whose time is over can't be accepted or declined, even before anybody noticed")
  func lateAnswers() async throws {
    try await RiderBench.run { bench in
      let target = DeliveryTarget(id: try await bench.request()[0], rider: try await bench.online(.cityHall)[0])
      try await bench.offer(target.id, to: target.rider, for: .milliseconds(1))
      try await eventually("the end of the offer") { try await bench.deliveries.openOffers(to: target.rider).isEmpty }
      await #expect(throws: RiderError.offerClosed(.expired)) { try await bench.deliveries.accept(target) }
      await #expect(throws: RiderError.offerClosed(.expired)) { try await bench.deliveries.decline(target) }
      #expect(try await bench.dispatch.expireOffers() == [target.rider])
      #expect(try await bench.dispatch.hasDue())
    }
  }
}

extension RiderBench {
  func carryOut(_ action: DeliveryAction, _ target: DeliveryTarget, order: Identifier) async throws {
    switch action {
    case .accept: _ = try await deliveries.accept(target)
    case .pickUp, .complete: _ = try await deliveries.advance(action, target)
    case .cancel: _ = try await deliveries.cancel(Cancellation(order: order, reason: "늦음", isLost: false))
    case .writeOff: _ = try await deliveries.cancel(Cancellation(order: order, reason: "늦음", isLost: true))
    }
  }
}
