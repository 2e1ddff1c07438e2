import Contracts
import Idempotency
import TestSupport
import Testing

@testable import OrderService

@Suite("Races for an order, on PostgreSQL")
struct OrderRaceTests {
  @Test("Of cancel and accept exactly one wins, and the saga goes the winner's way; 200 times")
  func cancelAgainstAccept() async throws {
    try await OrderBench.run { bench in
      var wins: [OrderStatus: Int] = [:]
      for round in 0..<200 {
        let order = try await bench.place()
        try await bench.apply(.confirmPayment, to: order)
        let accept = OrderAction.accept(preparationMinutes: 10)
        let cancel = OrderAction.cancel(reason: "x")
        async let first = winner(round.isMultiple(of: 2) ? accept : cancel, order, bench)
        async let second = winner(round.isMultiple(of: 2) ? cancel : accept, order, bench)
        let winners = try await [first, second].compactMap { $0 }
        #expect(winners.count == 1)
        let status = try OrderDocument.order(try await bench.store.order(order.id, for: .saga).json ?? []).status
        #expect(winners == [status])
        wins[status, default: 0] += 1
      }
      #expect(Set(wins.keys).isSubset(of: [.accepted, .cancelled]))
      let lost = try await bench.psql(
        """
        SELECT count(*) FROM order_snapshots JOIN checkout_sagas USING (order_id)
        WHERE (order_snapshots.status, checkout_sagas.step) NOT IN (('accepted', 'capture'), ('cancelled', 'void'))
          OR order_snapshots.version <> 3 OR checkout_sagas.version <> 2
        """)
      #expect(lost == "0")
      #expect(try await bench.psql("SELECT count(*) FROM order_events") == "600")
      #expect(try await bench.psql("SELECT count(*) FROM outbox") == "600")
    }
  }

  /// The status that the command made; `nil` if it came too late.
  private func winner(_ action: OrderAction, _ order: Order, _ bench: OrderBench) async throws -> OrderStatus? {
    let actor: OrderActor = if case .accept = action { .owner(OrderBench.owner) } else { .customer(OrderBench.customer) }
    do {
      return try await bench.apply(action, to: order, by: actor, saga: FixedPlan().following(action)).status
    } catch OrderError.illegalTransition {
      return nil
    }
  }

  @Test("The customer cancels while the saga confirms the payment: neither is half done; 100 times")
  func cancelAgainstSaga() async throws {
    try await OrderBench.run { bench in
      for _ in 0..<100 {
        let order = try await bench.place()
        let cancel = OrderAction.cancel(reason: "x")
        async let cancelled = bench.apply(
          cancel, to: order, by: .customer(OrderBench.customer), saga: FixedPlan().following(cancel))
        async let confirmed: Void = confirm(order, bench)
        #expect(try await cancelled.status == .cancelled)
        try await confirmed
      }
      let states = try await bench.psql(
        """
        SELECT DISTINCT order_snapshots.status, step, checkout_sagas.status,
          order_snapshots.version = checkout_sagas.version,
          order_snapshots.version = (SELECT count(*) FROM order_events WHERE order_events.order_id = order_snapshots.order_id)
        FROM order_snapshots JOIN checkout_sagas USING (order_id)
        """)
      #expect(states == "cancelled|void|compensating|t|t")
    }
  }

  private func confirm(_ order: Order, _ bench: OrderBench) async throws {
    let change = SagaChange(expectedVersion: 1, step: .awaitShop, status: .running, due: 9000, outcome: "authorized")
    do {
      try await bench.apply(.confirmPayment, to: order, saga: change)
    } catch OrderError.illegalTransition {
    } catch OrderError.sagaMoved {
    }
  }
}
