import Contracts
import TestSupport
import Testing

@Suite("The order service as a process", .serialized)
struct OrderProcessTests {
  /// `shop` and `order` with their databases, without payment and rider.
  private struct Stack: Sendable {
    static let owner = "owner:\(Identifier.sample(2))"
    static let customer = "customer:\(Identifier.sample(1))"

    let postgres: PostgresServer
    /// The database of `order`.
    let database: String
    let environment: [String: String]
    let events: RedisServer
    let shop: ServiceProcess

    static func start() async throws -> Stack {
      let postgres = try await PostgresServer.shared()
      let database = try await postgres.createDatabase(for: "order")
      let events = try await RedisServer(.events)
      var environment = [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
      ]
      environment["POSTGRES_DATABASE"] = try await postgres.createDatabase(for: "shop")
      let shop = try await ServiceProcess("shop", environment: environment)
      environment["POSTGRES_DATABASE"] = database
      environment["SHOP_URL"] = shop.url
      // A port without a listener.
      environment["PAYMENT_URL"] = "http://127.0.0.1:9"
      environment["RIDER_URL"] = "http://127.0.0.1:9"
      return Stack(postgres: postgres, database: database, environment: environment, events: events, shop: shop)
    }

    func order(_ settings: [String: String] = [:]) async throws -> ServiceProcess {
      try await ServiceProcess("order", environment: environment.merging(["INSTANCE": "order-1"]) { $1 }.merging(settings) { $1 })
    }

    func sql(_ text: String) async throws -> String {
      try await postgres.psql(text, database: database)
    }

    func openShop() async throws -> Shop {
      let body = """
        {"name":"한강치킨","category":"chicken","district":"gangnam","location":{"latitude":37.5,"longitude":127.03},\
        "address":"강남대로 1","minimumOrder":{"amount":15000,"currency":"KRW"},"deliveryFee":{"amount":3000,"currency":"KRW"},\
        "menu":[{"name":"후라이드","price":{"amount":18000,"currency":"KRW"}}]}
        """
      return try await RESTClient(shop.url, principal: Self.owner).send("POST", "/shops", body).decode(Shop.self)
    }

    func place(_ shop: Shop, key: String, at process: ServiceProcess) async throws -> RESTAnswer {
      let body = """
        {"shopId":"\(shop.id)","items":[{"menuItemId":"\(shop.menu[0].id)","quantity":1}],"deliveryAddress":\
        {"address":"월드컵로 1","location":{"latitude":37.5,"longitude":126.9}},"payment":{"token":"tok_visa"}}
        """
      return try await RESTClient(process.url, principal: Self.customer)
        .send("POST", "/orders", body, headers: ["Idempotency-Key": key])
    }
  }

  @Test("Orders can be placed at a new shop at once, and while the shop service is down")
  func copiesShops() async throws {
    let stack = try await Stack.start()
    let process = try await stack.order()
    let shop = try await stack.openShop()
    try await eventually("the shop in the replica") { try await stack.place(shop, key: "first", at: process).status == 201 }
    try await stack.shop.kill9()
    let response = try await stack.place(shop, key: "second", at: process)
    #expect(response.status == 201)
    let order = try response.decode(Order.self)
    #expect(order.total == Money(amount: 21_000))
    try await eventually("an empty outbox") {
      try await stack.sql("SELECT count(*) FROM outbox WHERE published_at IS NULL") == "0"
    }
    let api = RESTClient(process.url, principal: Stack.customer)
    let saga = try await api.get("/orders/\(order.id)/saga")
    #expect(saga.status == 200 && saga.text.contains(#""step":"authorize","status":"running""#))
    #expect(try await api.get("/metrics").text.contains(#"orders_total{status="placed"} 2"#))
    #expect(try await api.get("/orders/\(order.id)").decode(Order.self) == order)
    #expect(try await process.stop() == .status(0))
  }

  @Test("An operator switches new orders off and on while the service runs")
  func closes() async throws {
    let stack = try await Stack.start()
    let process = try await stack.order()
    let shop = try await stack.openShop()
    try await eventually("the shop in the replica") { try await stack.place(shop, key: "first", at: process).status == 201 }
    let `operator` = RESTClient(process.url, principal: "operator:\(Identifier.sample(3))")
    #expect(try await `operator`.send("PUT", "/admin/configuration/orders.open", #"{"value":false}"#).status == 200)
    let refused = try await stack.place(shop, key: "second", at: process)
    #expect(refused.status == 409 && refused.code == "orders_closed")
    // A retry of an accepted request still gets its response.
    let again = try await stack.place(shop, key: "first", at: process)
    #expect(again.status == 201 && again.header("Idempotency-Replayed") == "true")
    #expect(try await stack.sql("SELECT count(*) FROM order_snapshots") == "1")
    #expect(try await `operator`.send("DELETE", "/admin/configuration/orders.open").status == 200)
    #expect(try await stack.place(shop, key: "second", at: process).status == 201)
    try await process.stop()
  }

  @Test(
    "After a crash around the commit of an order the retried request returns or places it; never two orders",
    arguments: [("beforeCommit", false), ("afterCommit", true)])
  func dies(_ failpoint: String, _ isCommitted: Bool) async throws {
    let stack = try await Stack.start()
    let shop = try await stack.openShop()
    let crashing = try await stack.order(["FAILPOINT": failpoint])
    await #expect(throws: (any Error).self) { try await stack.place(shop, key: "k", at: crashing) }
    try await eventually("the crash") { !crashing.isRunning }
    let count = try await stack.sql("SELECT count(*) FROM order_snapshots")
    #expect(count == (isCommitted ? "1" : "0"))
    let process = try await stack.order()
    let response = try await stack.place(shop, key: "k", at: process)
    #expect(response.status == 201)
    #expect((response.header("Idempotency-Replayed") == "true") == isCommitted)
    for table in ["order_snapshots", "order_events", "checkout_sagas", "outbox"] {
      #expect(try await stack.sql("SELECT count(*) FROM \(table)") == "1", "\(table)")
    }
    try await eventually("the event") {
      try await stack.sql("SELECT count(*) FROM outbox WHERE published_at IS NULL") == "0"
    }
    try await process.stop()
  }
}
