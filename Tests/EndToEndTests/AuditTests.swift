import Contracts
import Redis
import TestSupport
import Testing

@Suite("The audit", .serialized)
struct AuditTests {
  /// Something that breaks one invariant, done to a system at rest behind the services' backs.
  struct Sabotage: Sendable {
    let invariant: Int
    let what: String
    let act: @Sendable (OrderSystem) async throws -> Void

    /// SQL in a database, with its constraint triggers off.
    static func sql(_ invariant: Int, _ what: String, _ database: String, _ sql: String) -> Sabotage {
      Sabotage(invariant: invariant, what: what) { system in
        try await system.stack.postgres.psql("SET session_replication_role = replica; \(sql)", database: database)
      }
    }

    /// A line in the simulator's journal.
    static func journal(_ invariant: Int, _ what: String, _ line: String) -> Sabotage {
      Sabotage(invariant: invariant, what: what) { system in try system.note(line) }
    }
  }

  static let nobody = "0197a6b2-0000-7000-8000-0000000000ff"

  static let sabotages = [
    Sabotage.sql(
      1, "a ledger entry grows by a won", "payment",
      "UPDATE ledger_entries SET debit = debit + 1 WHERE position = (SELECT min(position) FROM ledger_entries WHERE debit > 0)"),
    .sql(
      2, "a card is charged twice", "payment_provider",
      """
      INSERT INTO operations (key, fingerprint, kind, authorization_id, amount, body)
      SELECT 'again', 'x', 'capture', authorization_id, amount, '{}' FROM operations WHERE kind = 'capture' LIMIT 1
      """),
    .sql(
      3, "a delivered order was paid back", "order",
      """
      UPDATE checkout_sagas SET status = 'compensated'
      WHERE order_id = (SELECT order_id FROM checkout_sagas WHERE status = 'completed' LIMIT 1)
      """),
    .journal(
      4, "an acknowledged order is gone",
      #"{"kind":"order","at":1,"id":"\#(nobody)","customerId":"\#(nobody)","total":1000,"version":1}"#),
    .journal(5, "a repeated request has two answers", #"{"kind":"repeat","at":1,"path":"/orders","key":"k","same":false}"#),
    Sabotage(invariant: 7, what: "an event without commit") { system in
      try await EndToEnd.ask(system.stack.events) { redis in
        _ = try await redis.xadd(
          "events:payment",
          [
            ("id", nobody), ("source", "/payment"), ("type", "payment.refunded"), ("subject", nobody),
            ("time", "2026-01-01T00:00:00.000Z"), ("sequence", "1"), ("traceparent", ""),
          ])
      }
    },
    .sql(
      8, "an invitation is missing", "review",
      "DELETE FROM invitations WHERE order_id = (SELECT order_id FROM invitations LIMIT 1)"),
    Sabotage(invariant: 9, what: "a menu in the listing is another") { system in
      let shop = try await system.stack.postgres.psql("SELECT min(id::text) FROM shops", database: "shop")
      try await EndToEnd.ask(system.stack.cache) { _ = try await $0.hset("shop:\(shop)", [("menu", "[]")]) }
    },
    .journal(
      10, "a version falls", #"{"kind":"fall","at":1,"aggregate":"order","id":"\#(nobody)","from":3,"to":2}"#),
    .sql(
      12, "a snapshot is another than its events", "order",
      "UPDATE order_snapshots SET version = 99 WHERE order_id = (\(anOrder))"),
    .sql(
      11, "an order goes on after its end", "order",
      """
      INSERT INTO order_events
      SELECT order_id, version + 1, 'order.paid', '{}', 'x', now() FROM order_snapshots WHERE order_id = (\(anOrder))
      """),
    .sql(
      13, "a delivered order has no delivery", "rider",
      "UPDATE deliveries SET status = 'cancelled' WHERE id = (SELECT id FROM deliveries WHERE status = 'delivered' LIMIT 1)"),
  ]

  private static let anOrder = "SELECT min(order_id::text)::uuid FROM order_snapshots"

  @Test("Whatever breaks an invariant is found, and named by its number", .timeLimit(.minutes(5)))
  func findsEachViolation() async throws {
    try await OrderSystem.run { system in
      try await system.load(rate: 10, seconds: 2, seed: 3)
      try await system.audit()
      // The reconcilers would mend what is done to the read models, and the saga's orchestrator might look at its tables.
      for name in OrderStack.names where !["identity", "shop", "order", "payment", "rider", "order-history"].contains(name) {
        try await system.stack[name].stop()
      }
      var broken: Set<Int> = []
      for sabotage in Self.sabotages {
        #expect(!broken.contains(sabotage.invariant), "\(sabotage.invariant) is broken before \(sabotage.what)")
        try await sabotage.act(system)
        broken = Set(try await system.brokenInvariants())
        #expect(broken.contains(sabotage.invariant), "\(sabotage.what) went unnoticed; broken were \(broken)")
      }
    }
  }

  @Test("What a consumer has not heard yet is no rest")
  func findsWhatIsPending() async throws {
    try await OrderSystem.run { system in
      try await system.load(rate: 10, seconds: 2, seed: 4)
      try await system.stack["review"].stop()
      let order = RESTClient(system.stack["order"].url, principal: try await system.stack.operatorToken())
      try await order.expect(202, "POST", "/admin/republish", #"{"all":true}"#)
      try await eventually(within: .seconds(20), "the group's lag") {
        let broken = try await system.brokenInvariants()
        return broken.contains(6) && broken.contains(14)
      }
    }
  }
}
