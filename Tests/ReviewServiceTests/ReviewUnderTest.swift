import Contracts
import Events
import Logging
import TestSupport

let quietLogger: Logger = {
  var logger = Logger(label: "review-tests")
  logger.logLevel = .critical
  return logger
}()

/// A `review` process with its servers and a fake order service.
struct ReviewUnderTest: Sendable {
  static let `operator` = "operator:0197a6b2-0000-7000-8000-000000000009"
  static let service = "service:0197a6b2-0000-7000-8000-000000000008"

  let postgres: PostgresServer
  let database: String
  let events: RedisServer
  let orders: FakeOrderService
  let process: ServiceProcess

  /// A new process, for tests that stop it.
  static func start(_ settings: [String: String] = [:]) async throws -> ReviewUnderTest {
    let postgres = try await PostgresServer.shared()
    let database = try await postgres.createDatabase(for: "review")
    let events = try await RedisServer(.events)
    let orders = try FakeOrderService()
    await orders.start()
    let process = try await ServiceProcess(
      "review",
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "POSTGRES_DATABASE": database, "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default",
        "EVENTS_REDIS_PASSWORD": "any", "ORDER_URL": "http://127.0.0.1:\(orders.port)", "INSTANCE": "review-1",
      ].merging(settings) { $1 })
    return ReviewUnderTest(postgres: postgres, database: database, events: events, orders: orders, process: process)
  }

  private static let instance = Task { try await start() }

  /// The process that all other tests share.
  static func shared() async throws -> ReviewUnderTest {
    try requireServers()
    return try await instance.value
  }

  var anybody: RESTClient { RESTClient(process.url) }
  func customer(_ id: Identifier) -> RESTClient { RESTClient(process.url, principal: "customer:\(id)") }
  func owner(_ id: Identifier) -> RESTClient { RESTClient(process.url, principal: "owner:\(id)") }
  var operators: RESTClient { RESTClient(process.url, principal: Self.operator) }
  var services: RESTClient { RESTClient(process.url, principal: Self.service) }

  func sql(_ text: String) async throws -> String {
    try await postgres.psql(text, database: database)
  }

  static func body(_ order: Order, rating: Int = 5, text: String = "맛있어요") -> String {
    #"{"orderId":"\#(order.id)","rating":\#(rating),"text":"\#(text)"}"#
  }

  /// Posts a review of an order that the order service has.
  func post(_ order: Order, rating: Int = 5, text: String = "맛있어요") async throws -> RESTAnswer {
    orders.put([order])
    return try await customer(order.customerId).send("POST", "/reviews", Self.body(order, rating: rating, text: text))
  }

  func rating(of shop: Identifier) async throws -> ShopRating? {
    try await anybody.get("/ratings?shopIds=\(shop)").decode(Batch<ShopRating>.self).items.first
  }

  func openInvitations(of customer: Identifier) async throws -> [Identifier] {
    struct Invitation: Decodable { let orderId: Identifier }
    return try await self.customer(customer).get("/customers/\(customer)/invitations").decode(Page<Invitation>.self)
      .items.map(\.orderId)
  }

  /// Publishes an event on the order service's stream.
  func publish(_ type: EventType, of order: Order) async throws {
    let event = Event(
      id: .fresh(), source: "/order", type: type, subject: order.id, time: Timestamp(milliseconds: 1_700_000_000_000),
      sequence: order.version, traceparent: nil)
    let fields = event.streamFields.flatMap { [$0.name, $0.value] }
    let ran = try await ChildProcess.run(
      ["redis-cli", "-p", "\(events.port)", "XADD", StreamNames.events(of: "order"), "*"] + fields)
    guard ran.exit == .status(0) else { throw ServerFailure(what: "XADD", output: ran.output) }
  }

  func redis(_ command: String...) async throws -> String {
    try await ChildProcess.run(["redis-cli", "-p", "\(events.port)"] + command).output
  }
}

/// Runs `body` `count` times concurrently, and returns the results in order of completion.
func concurrently<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: Value.self) { group in
    for index in 0..<count { group.addTask { try await body(index) } }
    return try await group.reduce(into: []) { $0.append($1) }
  }
}
