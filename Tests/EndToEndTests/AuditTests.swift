import Contracts
import Redis
import TestSupport
import Testing

@Suite("The audit", .serialized)
struct AuditTests {
  /// Something that breaks an invariant, done to a system at rest behind the services' backs.
  struct Sabotage: Sendable {
    let invariant: Int
    let what: String
    /// What the audit says of it then, and not before.
    let finding: String
    let act: @Sendable (OrderSystem) async throws -> Void

    /// SQL in a database, with its constraint triggers off.
    static func sql(_ invariant: Int, _ what: String, finding: String, _ database: String, _ sql: String) -> Sabotage {
      Sabotage(invariant: invariant, what: what, finding: finding) { system in
        try await system.stack.postgres.psql("SET session_replication_role = replica; \(sql)", database: database)
      }
    }

    /// A line in the simulator's journal.
    static func journal(_ invariant: Int, _ what: String, finding: String, _ line: String) -> Sabotage {
      Sabotage(invariant: invariant, what: what, finding: finding) { system in try system.note(line) }
    }

    /// Commands to a Redis.
    static func redis(
      _ invariant: Int, _ what: String, finding: String, _ server: @escaping @Sendable (OrderSystem) -> RedisServer,
      _ act: @escaping @Sendable (RedisClient, OrderSystem) async throws -> Void
    ) -> Sabotage {
      Sabotage(invariant: invariant, what: what, finding: finding) { system in
        try await EndToEnd.ask(server(system)) { try await act($0, system) }
      }
    }
  }

  static let nobody = "0197a6b2-0000-7000-8000-0000000000ff"

  static let sabotages = [
    Sabotage.sql(
      1, "a ledger entry grows by a won", finding: "entries that differ by 1 won", "payment",
      "UPDATE ledger_entries SET debit = debit + 1 WHERE position = (SELECT min(position) FROM ledger_entries WHERE debit > 0)"),
    .sql(
      1, "the card network never heard that a hold was given up", finding: "is voided, at the card network approved",
      "payment_provider",
      "UPDATE authorizations SET status = 'approved' WHERE status IN ('voided', 'reversed')"),
    .sql(
      2, "a card is charged twice", finding: "was charged", "payment_provider",
      """
      INSERT INTO operations (key, fingerprint, kind, authorization_id, amount, body)
      SELECT 'again', 'x', 'capture', authorization_id, amount, '{}' FROM operations WHERE kind = 'capture' LIMIT 1
      """),
    .sql(
      3, "a delivered order was paid back", finding: "is compensated at done, the order delivered", "order",
      """
      UPDATE checkout_sagas SET status = 'compensated'
      WHERE order_id = (SELECT order_id FROM checkout_sagas WHERE status = 'completed' LIMIT 1)
      """),
    .journal(
      4, "an acknowledged order is gone", finding: "order \(nobody) was acknowledged",
      #"{"kind":"order","at":1,"id":"\#(nobody)","customerId":"\#(nobody)","total":1000,"version":1}"#),
    Sabotage(invariant: 4, what: "an acknowledged rejection left no event", finding: "and it never was rejected") { system in
      let order = try await system.stack.postgres.psql(
        "SELECT min(order_id::text) FROM order_snapshots WHERE status = 'delivered'", database: "order")
      try system.note(#"{"kind":"command","at":1,"aggregate":"order","id":"\#(order)","action":"reject","version":2}"#)
    },
    .journal(
      5, "a repeated request has two answers", finding: "had two different answers",
      #"{"kind":"repeat","at":1,"path":"/orders","key":"k","same":false}"#),
    .sql(
      6, "an event is marked as published, and never was", finding: "and not in the stream", "payment",
      """
      INSERT INTO outbox (id, type, subject, sequence, published_at)
      VALUES ('\(nobody)', 'payment.captured', '\(nobody)', 1, clock_timestamp())
      """),
    .redis(7, "an event without commit", finding: "(payment.refunded of \(nobody)) is not in the outbox", { $0.stack.events }) {
      redis, _ in
      _ = try await redis.xadd(
        "events:payment",
        [
          ("id", "0197a6b2-0000-7000-8000-0000000000fe"), ("source", "/payment"), ("type", "payment.refunded"),
          ("subject", nobody),
          ("time", "2026-01-01T00:00:00.000Z"), ("sequence", "1"), ("traceparent", ""),
        ])
    },
    .sql(
      8, "an invitation is missing", finding: "and its customer not invited", "review",
      "DELETE FROM invitations WHERE order_id = (SELECT order_id FROM invitations LIMIT 1)"),
    .sql(
      8, "a review was counted twice", finding: "the rating of shop", "review",
      "UPDATE ratings SET count = count + 1, sum = sum + 5 WHERE shop_id = (SELECT min(shop_id::text)::uuid FROM ratings)"),
    .redis(9, "a menu in the listing is another", finding: "the listing shows another menu", { $0.stack.cache }) {
      redis, system in
      try await redis.hset("shop:\(try await aShop(system))", [("menu", "[]")])
    },
    .redis(9, "a shop stands in a list twice", finding: "list:all:all:rating has shops twice", { $0.stack.cache }) {
      redis, system in
      try await redis.zadd("list:all:all:rating", [(0, "100000000000000:\(try await aShop(system))")])
    },
    .redis(9, "a shop can be found that isn't there", finding: "finds 0\(nobody)", { $0.stack.cache }) { redis, _ in
      try await redis.zadd("search:gangnam", [(0, .string("term\0" + "0\(nobody)"))])
    },
    .redis(9, "an order is missing in a customer's list", finding: "the list of customer", { $0.stack.cache }) { redis, system in
      let customer = try await system.stack.postgres.psql(
        "SELECT min(replace(customer_id::text, '-', '')) FROM order_snapshots", database: "order")
      let key =
        Array("history:c:".utf8)
        + stride(from: 0, to: 32, by: 2).map { index in
          UInt8(customer.dropFirst(index).prefix(2), radix: 16) ?? 0
        }
      try await redis.send(RedisCommand("ZREMRANGEBYRANK", .bytes(key), 0, 0))
    },
    .sql(
      9, "order's copy of a menu is out of date", finding: "order's copy of shop", "order",
      "UPDATE shops SET menu = '{}' WHERE id = (SELECT min(id::text)::uuid FROM shops)"),
    .journal(
      10, "a version falls", finding: "order \(nobody) fell from 3 to 2",
      #"{"kind":"fall","at":1,"aggregate":"order","id":"\#(nobody)","from":3,"to":2}"#),
    .sql(
      12, "a snapshot forgot why it ended", finding: "shows another reason than its events make", "order",
      """
      UPDATE order_snapshots SET document = (document::jsonb || '{"reason": null}')::json
      WHERE order_id = (SELECT min(order_id::text)::uuid FROM order_snapshots WHERE document ->> 'reason' IS NOT NULL)
      """),
    .sql(
      12, "a snapshot's row is another than its document", finding: "(99) in its row", "order",
      "UPDATE order_snapshots SET version = 99 WHERE order_id = (\(anOrder))"),
    .sql(
      11, "an order goes on after its end", finding: "has an event after its end", "order",
      """
      INSERT INTO order_events
      SELECT order_id, version + 1, 'order.paid', '{}', 'x', now() FROM order_snapshots WHERE order_id = (\(anOrder))
      """),
    .sql(
      13, "a delivered order has no delivery", finding: "is cancelled, its order", "rider",
      "UPDATE deliveries SET status = 'cancelled' WHERE id = (SELECT id FROM deliveries WHERE status = 'delivered' LIMIT 1)"),
    .sql(
      14, "a rider is kept busy by an order that is over", finding: "1 deliveries are under way", "rider",
      "UPDATE deliveries SET status = 'pickedUp' WHERE id = (SELECT id FROM deliveries WHERE status = 'delivered' LIMIT 1)"),
  ]

  private static let anOrder = "SELECT min(order_id::text)::uuid FROM order_snapshots"

  private static func aShop(_ system: OrderSystem) async throws -> String {
    try await system.stack.postgres.psql("SELECT min(id::text) FROM shops", database: "shop")
  }

  @Test("Whatever breaks an invariant is found, named by its number and by what is wrong", .timeLimit(.minutes(5)))
  func findsEachViolation() async throws {
    try await OrderSystem.run { system in
      try await system.loadEveryWay(rate: 5, seconds: 5, seed: 3)
      try await system.audit()
      // The reconcilers would mend what is done to the read models, and the saga's orchestrator might look at its tables.
      for name in OrderStack.names where !["identity", "shop", "order", "payment", "rider", "order-history"].contains(name) {
        try await system.stack[name].stop()
      }
      #expect(try await system.findings().isEmpty)
      for sabotage in Self.sabotages { try await sabotage.act(system) }
      let findings = try await system.findings()
      for sabotage in Self.sabotages {
        let found = findings[sabotage.invariant] ?? []
        #expect(found.contains { $0.contains(sabotage.finding) }, "\(sabotage.what) went unnoticed; found was \(found)")
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
        let broken = try await system.findings()
        return broken[6] != nil && broken[14] != nil
      }
    }
  }
}
