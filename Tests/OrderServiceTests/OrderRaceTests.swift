import Contracts
import Idempotency
import TestSupport
import Testing

@testable import OrderService

@Suite("Concurrent changes of an order, on PostgreSQL")
struct OrderRaceTests {
  @Test("Of a concurrent cancel and accept exactly one succeeds, and the saga follows it; 200 times")
  func cancelAgainstAccept() async throws {
    try await OrderFixture.run { fixture in
      var wins: [OrderStatus: Int] = [:]
      for round in 0..<200 {
        let order = try await fixture.place()
        try await fixture.apply(.confirmPayment, to: order)
        let accept = OrderAction.accept(preparationMinutes: 10)
        let cancel = OrderAction.cancel(reason: "x")
        async let first = winner(round.isMultiple(of: 2) ? accept : cancel, order, fixture)
        async let second = winner(round.isMultiple(of: 2) ? cancel : accept, order, fixture)
        let winners = try await [first, second].compactMap { $0 }
        #expect(winners.count == 1)
        let status = try OrderDocument.order(try await fixture.store.order(order.id, for: .saga).json ?? []).status
        #expect(winners == [status])
        wins[status, default: 0] += 1
      }
      #expect(Set(wins.keys).isSubset(of: [.accepted, .cancelled]))
      let lost = try await fixture.psql(
        """
        SELECT count(*) FROM order_snapshots JOIN checkout_sagas USING (order_id)
        WHERE (order_snapshots.status, checkout_sagas.step) NOT IN (('accepted', 'capture'), ('cancelled', 'void'))
          OR order_snapshots.version <> 3 OR checkout_sagas.version <> 2
        """)
      #expect(lost == "0")
      #expect(try await fixture.psql("SELECT count(*) FROM order_events") == "600")
      #expect(try await fixture.psql("SELECT count(*) FROM outbox") == "600")
    }
  }

  /// The status after the command; `nil` if it was illegal by then.
  private func winner(_ action: OrderAction, _ order: Order, _ fixture: OrderFixture) async throws -> OrderStatus? {
    let actor: OrderActor = if case .accept = action { .owner(OrderFixture.owner) } else { .customer(OrderFixture.customer) }
    do {
      return try await fixture.apply(action, to: order, by: actor, saga: FixedPlan().change(after: action)).status
    } catch OrderError.illegalTransition {
      return nil
    }
  }

  @Test("The customer cancels while the saga confirms the payment: both changes are atomic; 100 times")
  func cancelAgainstSaga() async throws {
    try await OrderFixture.run { fixture in
      for _ in 0..<100 {
        let order = try await fixture.place()
        let cancel = OrderAction.cancel(reason: "x")
        async let cancelled = fixture.apply(
          cancel, to: order, by: .customer(OrderFixture.customer), saga: FixedPlan().change(after: cancel))
        async let confirmed: Void = confirm(order, fixture)
        #expect(try await cancelled.status == .cancelled)
        try await confirmed
      }
      let states = try await fixture.psql(
        """
        SELECT DISTINCT order_snapshots.status, step, checkout_sagas.status,
          order_snapshots.version = checkout_sagas.version,
          order_snapshots.version = (SELECT count(*) FROM order_events WHERE order_events.order_id = order_snapshots.order_id)
        FROM order_snapshots JOIN checkout_sagas USING (order_id)
        """)
      #expect(states == "cancelled|void|compensating|t|t")
    }
  }

  private func confirm(_ order: Order, _ fixture: OrderFixture) async throws {
    let change = SagaChange(expectedVersion: 1, step: .awaitShop, status: .running, due: 9000, outcome: "authorized")
    do {
      try await fixture.apply(.confirmPayment, to: order, saga: change)
    } catch OrderError.illegalTransition {
    } catch OrderError.sagaChanged {
    }
  }
}
