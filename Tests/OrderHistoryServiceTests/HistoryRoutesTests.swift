import Contracts
import HTTPTypes
import Redis
import Telemetry
import TestSupport
import Testing

@Suite("The REST API of order-history")
struct HistoryRoutesTests {
  private struct View: Decodable {
    let order: Order
    let payment: Payment?
    let delivery: Delivery?
  }

  private struct Summary: Decodable {
    let id: Identifier
    let status: OrderStatus
    let total: Money
    let placedAt: Timestamp
  }

  @Test("An order is one document with its payment and delivery, as provided by their owners")
  func composes() async throws {
    try await withService { test, processes in
      let api = RESTClient(processes[0].url, principal: HistoryUnderTest.customer)
      let order = Order.sample(1, .placed, .paid, .accepted)
      let (payment, delivery) = (
        Payment.sample(of: order, .requested, .authorized), Delivery.sample(of: order, .requested, .assigned)
      )
      try await test.publish(delivery)
      try await test.publish(payment)
      try await test.publish(order)
      try await eventually("the whole order") {
        try await api.get("/orders/\(order.id)").header("ETag") == #""3.2.2""#
      }
      let response = try await api.get("/orders/\(order.id)")
      let view = try response.decode(View.self)
      #expect(view.order == order && view.payment == payment && view.delivery == delivery)
      #expect(try await api.get("/orders/\(order.id)", headers: ["If-None-Match": #""3.2.2""#]).status == 304)
      #expect(try await api.get("/orders/\(order.id)", headers: ["If-None-Match": #""3.2.1""#]).status == 200)
      #expect(try await api.send("HEAD", "/orders/\(order.id)").status == 200)
    }
  }

  @Test("An order that the caller is not a party to is 404, like one that does not exist")
  func visibility() async throws {
    try await withService { test, processes in
      let api = RESTClient(processes[0].url)
      let order = Order.sample(1, .placed, .paid, .accepted)
      try await test.publish(order)
      try await test.publish(Delivery.sample(of: order, .requested, .assigned))
      let staff = api.acting(as: HistoryUnderTest.staff)
      try await eventually("the order") { try await staff.get("/orders/\(order.id)").header("ETag") == #""3.0.2""# }
      for principal in [HistoryUnderTest.customer, HistoryUnderTest.owner, HistoryUnderTest.rider] {
        #expect(try await api.acting(as: principal).get("/orders/\(order.id)").status == 200)
      }
      let missing = try await api.acting(as: HistoryUnderTest.stranger).get("/orders/\(Identifier.sample(404))")
      for role in ["customer", "owner", "rider"] {
        let hidden = try await api.acting(as: "\(role):\(Identifier.sample(5))").get("/orders/\(order.id)")
        #expect(hidden.status == 404 && hidden.code == missing.code && missing.code == "order_not_found")
        #expect(try await api.acting(as: "\(role):\(Identifier.sample(5))").get("/orders/\(order.id)/track").status == 404)
      }
      #expect(try await api.get("/orders/\(order.id)").status == 401)
      for (path, principal, status) in [
        ("/customers/\(Identifier.customer)/orders", HistoryUnderTest.customer, 200),
        ("/customers/\(Identifier.customer)/orders", HistoryUnderTest.staff, 200),
        ("/customers/\(Identifier.customer)/orders", HistoryUnderTest.stranger, 404),
        ("/customers/\(Identifier.customer)/orders", HistoryUnderTest.owner, 403),
        ("/shops/\(Identifier.shop)/orders", HistoryUnderTest.owner, 200),
        ("/shops/\(Identifier.shop)/orders", "owner:\(Identifier.sample(5))", 404),
        // An empty page must not reveal to another owner which statuses the shop's orders have.
        ("/shops/\(Identifier.shop)/orders?status=expired", "owner:\(Identifier.sample(5))", 404),
        ("/shops/\(Identifier.shop)/orders?status=expired", HistoryUnderTest.owner, 200),
        ("/shops/\(Identifier.shop)/orders", HistoryUnderTest.staff, 200),
        ("/shops/\(Identifier.shop)/orders", HistoryUnderTest.customer, 403),
        ("/shops/\(Identifier.sample(5))/orders", HistoryUnderTest.owner, 200),
      ] {
        #expect(try await api.acting(as: principal).get(path).status == status, "\(path) \(principal)")
      }
    }
  }

  @Test("Lists are paginated, newest first, and can be filtered by status")
  func lists() async throws {
    try await withService { test, processes in
      let api = RESTClient(processes[0].url, principal: HistoryUnderTest.customer)
      for number in 1...7 {
        try await test.publish(number % 2 == 0 ? .sample(number, .placed, .paid) : .sample(number, .placed))
      }
      let path = "/customers/\(Identifier.customer)/orders"
      try await eventually("the orders") { try await api.get(path).decode(Page<Summary>.self).items.count == 7 }
      var seen: [Identifier] = []
      var cursor: String? = ""
      while let current = cursor {
        let page = try await api.get("\(path)?limit=3" + (current.isEmpty ? "" : "&cursor=\(current)")).decode(Page<Summary>.self)
        seen += page.items.map(\.id)
        cursor = page.nextCursor
      }
      #expect(seen == (1...7).reversed().map { .sample($0) })
      let paid = try await api.acting(as: HistoryUnderTest.owner).get("/shops/\(Identifier.shop)/orders?status=paid")
        .decode(Page<Summary>.self)
      #expect(paid.items.map(\.id) == [.sample(6), .sample(4), .sample(2)])
      #expect(paid.items.allSatisfy { $0.status == .paid && $0.total == Money(amount: 31_000) })
      for (query, code) in [
        ("status=eaten", "invalid_query"), ("limit=0", "invalid_query"), ("sort=up", "invalid_query"), ("cursor=x", "bad_cursor"),
        ("cursor=MTEfMg", "bad_cursor"),
      ] {
        #expect(try await api.get("\(path)?\(query)").code == code)
      }
      #expect(try await api.get("/customers/me/orders").code == "invalid_id")
    }
  }

  @Test("A customer can read an order just placed before its event is consumed; for an old unknown id the owner is not queried")
  func readsYourWrites() async throws {
    try await withService { test, processes in
      let api = RESTClient(processes[0].url, principal: HistoryUnderTest.customer)
      let recent = Order.sample(1, .placed, id: .v7(at: .now()))
      test.orders.put(recent)
      let seen = try await api.get("/orders/\(recent.id)").decode(View.self).order
      #expect(seen == recent && test.orders.calls == [1])
      let again = try await api.get("/orders/\(recent.id)").status
      #expect(again == 200 && test.orders.calls == [1])
      let old = try await api.get("/orders/\(Identifier.sample(3))").status
      #expect(old == 404 && test.orders.calls == [1])
      let unknown = try await api.get("/orders/\(Identifier.v7(at: .now()))").status
      #expect(unknown == 404 && test.orders.calls == [1, 1])
      test.orders.fail(.serviceUnavailable)
      let unclear = try await api.get("/orders/\(Identifier.v7(at: .now()))").status
      #expect(unclear == 503)
    }
  }

  @Test("A lost read model is rebuilt from its owners; until then missing orders are 503, not 404")
  func rebuilds() async throws {
    try await withService { test, processes in
      let api = RESTClient(processes[0].url, principal: HistoryUnderTest.staff)
      let orders = (1...600).map { Order.sample($0, .placed, .paid) }
      test.orders.put(orders)
      test.payments.put(orders.map { .sample(of: $0, .requested, .authorized) })
      test.deliveries.put(orders.prefix(10).map { .sample(of: $0, .requested) })
      for _ in 1...2 {
        try await test.cacheClient.send(RedisCommand("FLUSHALL"))
        let during = try await api.get("/orders/\(orders[599].id)").status
        #expect([200, 503].contains(during), "\(during)")
        try await eventually(within: .seconds(20), "the orders, each with its payment") {
          for order in [orders[0], orders[9], orders[300], orders[599]] {
            let tag = try await api.get("/orders/\(order.id)").header("ETag")
            guard tag == (order.id <= orders[9].id ? #""2.2.1""# : #""2.2.0""#) else { return false }
          }
          return try await api.get("/readyz").status == 200
        }
        #expect(try await api.get("/customers/\(Identifier.customer)/orders").decode(Page<Summary>.self).items.count == 20)
      }
    }
  }

  @Test("While the payment service is unavailable orders are shown without payments, which follow later")
  func paymentUnavailable() async throws {
    try await withService { test, processes in
      let api = RESTClient(processes[0].url, principal: HistoryUnderTest.customer)
      test.payments.fail(.serviceUnavailable)
      let order = Order.sample(1, .placed)
      try await test.publish(Payment.sample(of: order, .requested))
      try await test.publish(order)
      try await eventually("the order") { try await api.get("/orders/\(order.id)").header("ETag") == #""1.0.0""# }
      #expect(try await api.get("/readyz").status == 200)
      test.payments.fail(nil)
      try await eventually(within: .seconds(10), "the payment") {
        try await api.get("/orders/\(order.id)").header("ETag") == #""1.1.0""#
      }
    }
  }

  @Test("Without Redis the response is 503 with Retry-After, and 200 after its return")
  func redisUnavailable() async throws {
    try await withService { test, processes in
      let api = RESTClient(processes[0].url, principal: HistoryUnderTest.customer)
      let order = Order.sample(1, .placed)
      try await test.publish(order)
      try await eventually("the order") { try await api.get("/orders/\(order.id)").status == 200 }
      try await test.cache.kill9()
      try await eventually("503") {
        let response = try await api.get("/orders/\(order.id)")
        return response.status == 503 && response.header("Retry-After") != nil
      }
      try await test.cache.start()
      try await eventually(within: .seconds(10), "the order again") { try await api.get("/orders/\(order.id)").status == 200 }
    }
  }
}
