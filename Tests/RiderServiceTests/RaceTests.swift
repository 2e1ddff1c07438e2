import Contracts
import Idempotency
import Postgres
import TestSupport
import Testing

@testable import RiderService

@Suite("Races for deliveries")
struct RaceTests {
  @Test("Sixty-four riders accept one delivery at the same time: one wins, and the others are told")
  func manyRiders() async throws {
    try await RiderBench.run { bench in
      // By rights one of them would have an open offer; without the index that sees to it they all do.
      try await bench.sql("DROP INDEX offers_one_open_per_delivery")
      let riders = try await bench.online(Array(repeating: .cityHall, count: 64))
      let delivery = try await bench.request()[0]
      for rider in riders { try await bench.offer(delivery, to: rider) }
      let winners = try await concurrently(riders) { rider in
        do {
          _ = try await bench.deliveries.accept(DeliveryTarget(id: delivery, rider: rider))
          return rider
        } catch RiderError.illegalTransition(let transition) {
          #expect(transition == IllegalDeliveryTransition(status: .assigned, action: .accept))
          return nil
        }
      }.compactMap { $0 }
      #expect(winners.count == 1)
      #expect(try await bench.document(delivery).riderId == winners.first)
      #expect(try await bench.document(delivery).version == 2)
      #expect(try await bench.sql("SELECT count(*) FROM outbox WHERE type = 'delivery.assigned'") == "1")
      #expect(try await bench.sql("SELECT count(*) FROM offers WHERE status = 'accepted'") == "1")
    }
  }

  @Test("One rider accepts two deliveries at the same time: one is his, the other stays open")
  func oneRider() async throws {
    try await RiderBench.run { bench in
      try await bench.sql("DROP INDEX offers_one_open_per_rider")
      let riders = try await bench.online(Array(repeating: .cityHall, count: 16))
      for rider in riders {
        let both = try await bench.request(2)
        for delivery in both { try await bench.offer(delivery, to: rider) }
        let outcomes = try await concurrently(both) { delivery in
          do {
            _ = try await bench.deliveries.accept(DeliveryTarget(id: delivery, rider: rider))
            return true
          } catch RiderError.riderBusy {
            return false
          }
        }
        #expect(outcomes.count { $0 } == 1)
      }
      #expect(
        try await bench.sql("SELECT count(*), count(DISTINCT rider_id) FROM deliveries WHERE status = 'assigned'") == "16|16")
      #expect(try await bench.sql("SELECT count(*) FROM offers WHERE status = 'open'") == "16", "the loser's offer is as it was")
    }
  }

  @Test("The same acceptance sent many times at once has one effect and one answer")
  func repeatedAcceptance() async throws {
    try await RiderBench.run { bench in
      let target = try await bench.delivery(in: .requested)
      let answers = try await concurrently(Array(0..<32)) { _ in
        try await bench.deliveries.accept(target).document.json
      }
      #expect(Set(answers).count == 1)
      #expect(try await bench.sql("SELECT count(*) FROM outbox WHERE type = 'delivery.assigned'") == "1")
    }
  }

  @Test("Acceptance, refusal, cancellation and expiry at the same time leave one of them standing")
  func everythingAtOnce() async throws {
    try await RiderBench.run { bench in
      let riders = try await bench.online(Array(repeating: .cityHall, count: 40))
      let deliveries = try await bench.request(40)
      for (delivery, rider) in zip(deliveries, riders) { try await bench.offer(delivery, to: rider, for: .milliseconds(60)) }
      let orders = try await bench.sql("SELECT order_id FROM deliveries ORDER BY id").split(separator: "\n")
        .compactMap { Identifier($0) }
      let tasks = zip(deliveries.sorted(), orders).flatMap { delivery, order -> [@Sendable () async throws -> Void] in
        let rider = riders[deliveries.firstIndex(of: delivery) ?? 0]
        let target = DeliveryTarget(id: delivery, rider: rider)
        return [
          { _ = try await bench.deliveries.accept(target) },
          { _ = try await bench.deliveries.decline(target) },
          { _ = try await bench.deliveries.cancel(Cancellation(order: order, reason: "늦음", isLost: false)) },
          { _ = try await bench.riders.setStatus(.offline, of: RiderTarget(id: rider)) },
          { _ = try await bench.dispatch.expireOffers() },
        ]
      }
      _ = try await concurrently(tasks.shuffled()) { task in
        do {
          try await task()
        } catch is RiderError {
          // Somebody else was first.
        }
      }
      // Whatever came first: no acceptance without a rider, no open offer for what isn't requested, nothing lost between two states.
      let odd = """
        SELECT count(*) FROM deliveries LEFT JOIN offers ON offers.delivery_id = deliveries.id
        WHERE (offers.status = 'accepted') <> (deliveries.rider_id IS NOT NULL)
          OR offers.status = 'open' AND deliveries.status <> 'requested'
          OR deliveries.status = 'requested' AND (deliveries.due_at IS NOT NULL) = (offers.status = 'open')
        """
      #expect(try await bench.sql(odd) == "0")
      #expect(
        try await bench.sql("SELECT count(*) FROM (SELECT subject, sequence FROM outbox GROUP BY 1, 2 HAVING count(*) > 1) AS t")
          == "0")
    }
  }
}

/// What `body` makes of each element, all at the same time.
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
