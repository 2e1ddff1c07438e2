import Contracts
import TestSupport

/// A `shop` process with its database and Redis server.
struct ShopUnderTest: Sendable {
  let postgres: PostgresServer
  let database: String
  let events: RedisServer
  let process: ServiceProcess

  static let owner = "owner:0197a6b2-0000-7000-8000-000000000001"
  static let otherOwner = "owner:0197a6b2-0000-7000-8000-000000000002"
  static let `operator` = "operator:0197a6b2-0000-7000-8000-000000000009"

  var api: RESTClient { RESTClient(process.url, principal: Self.owner) }
  /// Calls as a query service.
  var service: RESTClient { api.acting(as: "service:0197a6b2-0000-7000-8000-000000000008") }

  /// A separate instance, for tests that stop it or one of its servers.
  ///
  /// - Parameter postgres: a server that the test stops; `nil` is the shared one.
  static func start(on postgres: PostgresServer? = nil) async throws -> ShopUnderTest {
    let shared = try await PostgresServer.shared()
    let postgres = postgres ?? shared
    let database = try await postgres.createDatabase(for: "shop")
    let events = try await RedisServer(.events)
    let process = try await ServiceProcess(
      "shop",
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "POSTGRES_DATABASE": database, "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default",
        "EVENTS_REDIS_PASSWORD": "any", "INSTANCE": "shop-1",
      ])
    return ShopUnderTest(postgres: postgres, database: database, events: events, process: process)
  }

  private static let sharedInstance = Task { try await start() }

  /// One instance for the tests that leave it running.
  static func shared() async throws -> ShopUnderTest {
    try requireServers()
    return try await sharedInstance.value
  }

  static func body(name: String = "한강치킨", menu: String = "[]") -> String {
    """
    {"name":"\(name)","category":"chicken","district":"gangnam","location":{"latitude":37.5,"longitude":127.03},\
    "address":"강남대로 1","minimumOrder":{"amount":15000,"currency":"KRW"},\
    "deliveryFee":{"amount":3000,"currency":"KRW"},"menu":\(menu)}
    """
  }

  @discardableResult
  func sql(_ text: String) async throws -> String {
    try await postgres.psql(text, database: database)
  }

  static let chicken = #"{"name":"후라이드","price":{"amount":18000,"currency":"KRW"},"description":"바삭한"}"#

  func create(name: String = "한강치킨", menu: String = "[]") async throws -> Shop {
    try await api.send("POST", "/shops", Self.body(name: name, menu: menu)).decode(Shop.self)
  }
}
