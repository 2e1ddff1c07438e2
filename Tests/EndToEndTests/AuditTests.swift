import Contracts
import Redis
import TestSupport
import Testing

@Suite("The audit", .serialized)
struct AuditTests {
  /// A manipulation of a quiescent system's data that violates an invariant.
  struct Manipulation: Sendable {
    let invariant: Int
    let what: String
    /// A part of the violation that the audit reports.
    let finding: String
    let act: @Sendable (OrderSystem) async throws -> Void

    /// SQL in a database, with triggers disabled.
    static func sql(_ invariant: Int, _ what: String, finding: String, _ database: String, _ sql: String) -> Manipulation {
      Manipulation(invariant: invariant, what: what, finding: finding) { system in
        try await system.stack.postgres.psql("SET session_replication_role = replica; \(sql)", database: database)
      }
    }

    /// A line of the simulator's journal.
    static func journal(_ invariant: Int, _ what: String, finding: String, _ line: String) -> Manipulation {
      Manipulation(invariant: invariant, what: what, finding: finding) { system in try system.appendToJournal(line) }
    }

    /// Commands of a Redis server.
    static func redis(
      _ invariant: Int, _ what: String, finding: String, _ server: @escaping @Sendable (OrderSystem) -> RedisServer,
      _ act: @escaping @Sendable (RedisClient, OrderSystem) async throws -> Void
    ) -> Manipulation {
      Manipulation(invariant: invariant, what: what, finding: finding) { system in
        try await EndToEnd.withRedis(server(system)) { try await act($0, system) }
      }
    }
  }

  static let unknownID = "0197a6b2-0000-7000-8000-0000000000ff"

  static let manipulations = [
    Manipulation.sql(
      1, "a ledger entry is increased by a won", finding: "entries that differ by 1 won", "payment",
      "UPDATE ledger_entries SET debit = debit + 1 WHERE position = (SELECT min(position) FROM ledger_entries WHERE debit > 0)"),
    .sql(
      1, "the card network still has a voided hold", finding: "is voided, at the card network approved",
      "payment_provider",
      "UPDATE authorizations SET status = 'approved' WHERE status IN ('voided', 'reversed')"),
    .sql(
      2, "a card is charged twice", finding: "was charged", "payment_provider",
      """
      INSERT INTO operations (key, fingerprint, kind, authorization_id, amount, body)
      SELECT 'again', 'x', 'capture', authorization_id, amount, '{}' FROM operations WHERE kind = 'capture' LIMIT 1
      """),
    .sql(
      3, "a delivered order's saga is compensated", finding: "is compensated at done, the order delivered", "order",
      """
      UPDATE checkout_sagas SET status = 'compensated'
      WHERE order_id = (SELECT order_id FROM checkout_sagas WHERE status = 'completed' LIMIT 1)
      """),
    .journal(
      4, "an acknowledged order is missing", finding: "order \(unknownID) was acknowledged",
      #"{"kind":"order","at":1,"id":"\#(unknownID)","customerId":"\#(unknownID)","total":1000,"version":1}"#),
    Manipulation(invariant: 4, what: "an acknowledged rejection has no event", finding: "but it never was rejected") { system in
      let order = try await system.stack.postgres.psql(
        "SELECT min(order_id::text) FROM order_snapshots WHERE status = 'delivered'", database: "order")
      try system.appendToJournal(#"{"kind":"command","at":1,"aggregate":"order","id":"\#(order)","action":"reject","version":2}"#)
    },
    .journal(
      5, "a repeated request has two responses", finding: "had two different responses",
      #"{"kind":"repeat","at":1,"path":"/orders","key":"k","same":false}"#),
    .sql(
      6, "an event is marked as published but is not in the stream", finding: "but not in the stream", "payment",
      """
      INSERT INTO outbox (id, type, subject, sequence, published_at)
      VALUES ('\(unknownID)', 'payment.captured', '\(unknownID)', 1, clock_timestamp())
      """),
    .redis(
      7, "an event without a commit", finding: "(payment.refunded of \(unknownID)) is not in the outbox", { $0.stack.events }
    ) {
      redis, _ in
      _ = try await redis.xadd(
        "events:payment",
        [
          ("id", "0197a6b2-0000-7000-8000-0000000000fe"), ("source", "/payment"), ("type", "payment.refunded"),
          ("subject", unknownID),
          ("time", "2026-01-01T00:00:00.000Z"), ("sequence", "1"), ("traceparent", ""),
        ])
    },
    .sql(
      8, "an invitation is missing", finding: "but its customer was not invited", "review",
      "DELETE FROM invitations WHERE order_id = (SELECT order_id FROM invitations LIMIT 1)"),
    .sql(
      8, "a review was counted twice", finding: "the rating of shop", "review",
      "UPDATE ratings SET count = count + 1, sum = sum + 5 WHERE shop_id = (SELECT min(shop_id::text)::uuid FROM ratings)"),
    .redis(9, "a menu in the listing is different", finding: "the listing shows a different menu", { $0.stack.cache }) {
      redis, system in
      try await redis.hset("shop:\(try await aShop(system))", [("menu", "[]")])
    },
    .redis(9, "a list has a shop twice", finding: "list:all:all:rating has duplicates", { $0.stack.cache }) {
      redis, system in
      try await redis.zadd("list:all:all:rating", [(0, "100000000000000:\(try await aShop(system))")])
    },
    .redis(9, "a search index has an unknown shop", finding: "finds 0\(unknownID)", { $0.stack.cache }) { redis, _ in
      try await redis.zadd("search:gangnam", [(0, .string("term\0" + "0\(unknownID)"))])
    },
    .redis(9, "a customer's list lacks an order", finding: "the list of customer", { $0.stack.cache }) { redis, system in
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
      9, "order's replica of a menu is stale", finding: "order's replica of shop", "order",
      "UPDATE shops SET menu = '{}' WHERE id = (SELECT min(id::text)::uuid FROM shops)"),
    .journal(
      10, "a version decreases", finding: "order \(unknownID) decreased from 3 to 2",
      #"{"kind":"fall","at":1,"aggregate":"order","id":"\#(unknownID)","from":3,"to":2}"#),
    .sql(
      12, "a snapshot lacks its reason", finding: "shows a different reason than its events", "order",
      """
      UPDATE order_snapshots SET document = (document::jsonb || '{"reason": null}')::json
      WHERE order_id = (SELECT min(order_id::text)::uuid FROM order_snapshots WHERE document ->> 'reason' IS NOT NULL)
      """),
    .sql(
      12, "a snapshot's row differs from its document", finding: "(99) in its row", "order",
      "UPDATE order_snapshots SET version = 99 WHERE order_id = (\(anOrder))"),
    .sql(
      11, "an order has an event after a final one", finding: "has an event after a final one", "order",
      """
      INSERT INTO order_events
      SELECT order_id, version + 1, 'order.paid', '{}', 'x', now() FROM order_snapshots WHERE order_id = (\(anOrder))
      """),
    .sql(
      13, "a delivered order has no delivery", finding: "is cancelled, its order", "rider",
      "UPDATE deliveries SET status = 'cancelled' WHERE id = (SELECT id FROM deliveries WHERE status = 'delivered' LIMIT 1)"),
    .sql(
      14, "a delivery of a finished order is open", finding: "1 deliveries are open", "rider",
      "UPDATE deliveries SET status = 'pickedUp' WHERE id = (SELECT id FROM deliveries WHERE status = 'delivered' LIMIT 1)"),
  ]

  private static let anOrder = "SELECT min(order_id::text)::uuid FROM order_snapshots"

  private static func aShop(_ system: OrderSystem) async throws -> String {
    try await system.stack.postgres.psql("SELECT min(id::text) FROM shops", database: "shop")
  }

  @Test("Every violated invariant is reported by its number with a description", .timeLimit(.minutes(5)))
  func findsEachViolation() async throws {
    try await OrderSystem.run { system in
      try await system.loadEveryScenario(rate: 5, seconds: 5, seed: 3)
      try await system.audit()
      // Reconcilers would repair the read models, and the saga orchestrator reads its tables.
      for name in OrderStack.names where !["identity", "shop", "order", "payment", "rider", "order-history"].contains(name) {
        try await system.stack[name].stop()
      }
      #expect(try await system.violations().isEmpty)
      for manipulation in Self.manipulations { try await manipulation.act(system) }
      let violations = try await system.violations()
      for manipulation in Self.manipulations {
        let found = violations[manipulation.invariant] ?? []
        #expect(found.contains { $0.contains(manipulation.finding) }, "\(manipulation.what): not detected; found \(found)")
      }
    }
  }

  @Test("Events that a consumer has not read are reported as pending")
  func findsWhatIsPending() async throws {
    try await OrderSystem.run { system in
      try await system.load(rate: 10, seconds: 2, seed: 4)
      try await system.stack["review"].stop()
      let order = RESTClient(system.stack["order"].url, principal: try await system.stack.operatorToken())
      try await order.expect(202, "POST", "/admin/republish", #"{"all":true}"#)
      try await eventually(within: .seconds(20), "the group's lag") {
        let violations = try await system.violations()
        return violations[6] != nil && violations[14] != nil
      }
    }
  }
}
