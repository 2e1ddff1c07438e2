import Contracts
import Hummingbird
import Postgres
import TestSupport
import Testing
import Web
import Yams

@testable import OrderService

@Suite("The OpenAPI document of order")
struct OpenAPITests {
  private func document() throws -> Node {
    try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  private func schema(_ name: String) throws -> Node {
    try #require(try document()["components"]?["schemas"]?[name])
  }

  @Test("Its enumerations are those of the code")
  func enumerations() throws {
    #expect(strings(try schema("OrderStatus")["enum"]) == OrderStatus.allCases.map(\.rawValue))
    #expect(strings(try schema("OrderEventType")["enum"]) == OrderStatus.allCases.map { EventType(order: $0).rawValue })
    #expect(strings(try schema("SagaStep")["enum"]) == SagaStep.allCases.map(\.rawValue))
    #expect(strings(try schema("Saga")["properties"]?["status"]?["enum"]) == SagaStatus.allCases.map(\.rawValue))
  }

  @Test("An order has exactly the members that it describes, and all of them are required")
  func order() throws {
    let described = try schema("Order")
    let members = described["properties"]?.mapping?.keys.compactMap(\.string) ?? []
    let placement = OrderPlacement(
      id: .sample(1), customerId: .sample(2), shopId: .sample(3), ownerId: .sample(4), shopName: "s",
      pickup: Address(address: "a", location: Location(latitude: 1, longitude: 2)),
      deliveryAddress: Address(address: "b", location: Location(latitude: 1, longitude: 2)),
      items: [OrderItem(menuItemId: .sample(5), name: "n", price: Money(amount: 1), quantity: 1)], subtotal: Money(amount: 1),
      deliveryFee: Money(amount: 0), total: Money(amount: 1), paymentId: .sample(6))
    let json = OrderDocument.json(Order(placement, at: Timestamp(milliseconds: 0)))
    let order = try #require(try Yams.compose(yaml: String(decoding: json, as: UTF8.self)))
    #expect(order.mapping?.keys.compactMap(\.string) == members)
    #expect(strings(described["required"]) == members)
    let item = order["items"]?.sequence?.first?.mapping?.keys.compactMap(\.string) ?? []
    #expect(item == strings(try schema("OrderItem")["required"]))
  }

  @Test("Its bounds are those of the rules")
  func bounds() throws {
    let items = try schema("NewOrder")["properties"]?["items"]
    #expect(items?["minItems"]?.int == OrderRules.lines.lowerBound)
    #expect(items?["maxItems"]?.int == OrderRules.lines.upperBound)
    let quantity = items?["items"]?["properties"]?["quantity"]
    #expect(quantity?["minimum"]?.int == OrderRules.quantity.lowerBound)
    #expect(quantity?["maximum"]?.int == OrderRules.quantity.upperBound)
    let minutes = try schema("Acceptance")["properties"]?["preparationMinutes"]
    #expect(minutes?["maximum"]?.int == OrderRules.preparationMinutes.upperBound)
    let text = try schema("Text")
    for length in [OrderRules.address, OrderRules.reason, OrderRules.token].map(\.length) {
      #expect(text["minLength"]?.int == length.lowerBound)
      #expect(text["maxLength"]?.int == length.upperBound)
    }
  }

  @Test("It describes exactly the routes of the service")
  func routes() throws {
    let postgres = PostgresClient(
      configuration: PostgresConfiguration(host: "127.0.0.1", database: "none", user: "nobody", applicationName: "tests"),
      logger: quietLogger)
    let store = PostgresOrderStore(postgres: postgres)
    let schedule = SagaSchedule(configuration: CheckoutConfiguration(), callDeadline: { .seconds(3) }) { 0 }
    let notifier = OrderChangeNotifier(metrics: OrderMetrics(), wakeRelay: {}, wakeSaga: { _ in })
    let router = orderRouter(
      store: store, sagas: PostgresSagaStore(postgres: postgres),
      placeOrder: PlaceOrder(store: store, plan: schedule, notifier: notifier, isShopReplicaComplete: { true }),
      changeOrder: ChangeOrder(store: store, plan: schedule, notifier: notifier), schedule: schedule, health: Health(),
      authenticator: nil)
    let routes = router.operations
    #expect(try document().operations.subtracting(SharedOperations.all) == routes)
  }

  @Test("It describes exactly the shared operations that the service has")
  func administration() async throws {
    let described = try document().operations
    let process = try await process()
    let anonymous = RESTClient(process.url)
    try await eventually(within: .seconds(20), "a response") { try await anonymous.get("/livez").status == 200 }
    for (operation, status) in try await SharedOperations.statuses(askedBy: anonymous) {
      #expect(status == (described.contains(operation) ? 401 : 404), "\(operation)")
    }
    try await process.stop()
  }

  /// The service with only a database: it serves requests, and is never ready.
  private func process() async throws -> ServiceProcess {
    let postgres = try await PostgresServer.shared()
    try await postgres.createDatabase(named: "openapi")
    // A port without a listener.
    let nowhere = "http://127.0.0.1:9"
    let process = try ServiceProcess(
      "order", port: FreePort.next(),
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_DATABASE": "openapi", "POSTGRES_USER": postgres.user,
        "POSTGRES_PASSWORD": "any", "POSTGRES_PIPELINES": "1", "POSTGRES_LEASES": "1", "EVENTS_REDIS_PORT": "9",
        "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any", "INSTANCE": "order-1", "SHOP_URL": nowhere,
        "PAYMENT_URL": nowhere, "RIDER_URL": nowhere,
      ])
    try await process.start(untilReady: false)
    return process
  }
}
