import Contracts
import Idempotency
import Postgres
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: concurrent commands")
struct RaceTests {
  @Test("When sixty-four riders accept one delivery concurrently, one succeeds and the others get a conflict")
  func manyRiders() async throws {
    try await RiderFixture.run { fixture in
      // Without this index all riders can have an open offer of the delivery.
      try await fixture.sql("DROP INDEX offers_one_open_per_delivery")
      let riders = try await fixture.online(Array(repeating: .cityHall, count: 64))
      let delivery = try await fixture.request()[0]
      for rider in riders { try await fixture.offer(delivery, to: rider) }
      let winners = try await concurrently(riders) { rider in
        do {
          _ = try await fixture.deliveries.accept(DeliveryTarget(id: delivery, rider: rider))
          return rider
        } catch RiderError.illegalTransition(let transition) {
          #expect(transition == IllegalDeliveryTransition(status: .assigned, action: .accept))
          return nil
        }
      }.compactMap { $0 }
      #expect(winners.count == 1)
      #expect(try await fixture.document(delivery).riderId == winners.first)
      #expect(try await fixture.document(delivery).version == 2)
      #expect(try await fixture.sql("SELECT count(*) FROM outbox WHERE type = 'delivery.assigned'") == "1")
      #expect(try await fixture.sql("SELECT count(*) FROM offers WHERE status = 'accepted'") == "1")
    }
  }

  @Test("When a rider accepts two deliveries concurrently, one is assigned and the other offer stays open")
  func oneRider() async throws {
    try await RiderFixture.run { fixture in
      try await fixture.sql("DROP INDEX offers_one_open_per_rider")
      let riders = try await fixture.online(Array(repeating: .cityHall, count: 16))
      for rider in riders {
        let both = try await fixture.request(2)
        for delivery in both { try await fixture.offer(delivery, to: rider) }
        let outcomes = try await concurrently(both) { delivery in
          do {
            _ = try await fixture.deliveries.accept(DeliveryTarget(id: delivery, rider: rider))
            return true
          } catch RiderError.riderBusy {
            return false
          }
        }
        #expect(outcomes.count { $0 } == 1)
      }
      #expect(
        try await fixture.sql("SELECT count(*), count(DISTINCT rider_id) FROM deliveries WHERE status = 'assigned'") == "16|16")
      #expect(try await fixture.sql("SELECT count(*) FROM offers WHERE status = 'open'") == "16", "the other offer is unchanged")
    }
  }

  @Test("Concurrent repetitions of an acceptance have one effect and the same result")
  func repeatedAcceptance() async throws {
    try await RiderFixture.run { fixture in
      let target = try await fixture.delivery(in: .requested)
      let documents = try await concurrently(Array(0..<32)) { _ in
        try await fixture.deliveries.accept(target).document.json
      }
      #expect(Set(documents).count == 1)
      #expect(try await fixture.sql("SELECT count(*) FROM outbox WHERE type = 'delivery.assigned'") == "1")
    }
  }

  @Test("Concurrent acceptance, decline, cancellation and expiry leave a consistent delivery")
  func mixedCommands() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.online(Array(repeating: .cityHall, count: 40))
      let deliveries = try await fixture.request(40)
      for (delivery, rider) in zip(deliveries, riders) { try await fixture.offer(delivery, to: rider, for: .milliseconds(60)) }
      let orders = try await fixture.sql("SELECT order_id FROM deliveries ORDER BY id").split(separator: "\n")
        .compactMap { Identifier($0) }
      let tasks = zip(deliveries.sorted(), orders).flatMap { delivery, order -> [@Sendable () async throws -> Void] in
        let rider = riders[deliveries.firstIndex(of: delivery) ?? 0]
        let target = DeliveryTarget(id: delivery, rider: rider)
        return [
          { _ = try await fixture.deliveries.accept(target) },
          { _ = try await fixture.deliveries.decline(target) },
          { _ = try await fixture.deliveries.cancel(Cancellation(order: order, reason: "늦음", isLost: false)) },
          { _ = try await fixture.riders.setStatus(.offline, of: RiderTarget(id: rider)) },
          { _ = try await fixture.dispatch.expireOffers() },
        ]
      }
      _ = try await concurrently(tasks.shuffled()) { task in
        do {
          try await task()
        } catch is RiderError {
          // Another command was first.
        }
      }
      // Invariants for any order: accepted offers have a rider, only requested deliveries have open offers, and each requested
      // delivery is either due or has an open offer.
      let violations = """
        SELECT count(*) FROM deliveries LEFT JOIN offers ON offers.delivery_id = deliveries.id
        WHERE (offers.status = 'accepted') <> (deliveries.rider_id IS NOT NULL)
          OR offers.status = 'open' AND deliveries.status <> 'requested'
          OR deliveries.status = 'requested' AND (deliveries.due_at IS NOT NULL) = (offers.status = 'open')
        """
      #expect(try await fixture.sql(violations) == "0")
      #expect(
        try await fixture.sql(
          "SELECT count(*) FROM (SELECT subject, sequence FROM outbox GROUP BY 1, 2 HAVING count(*) > 1) AS t")
          == "0")
    }
  }
}

/// Runs `body` for all elements concurrently, and returns the results in order of completion.
func concurrently<Element: Sendable, Value: Sendable>(
  _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: Value.self) { group in
    for element in elements {
      group.addTask { try await body(element) }
    }
    return try await group.reduce(into: []) { $0.append($1) }
  }
}
