import Contracts
import TestSupport

/// A `shop` process with its PostgreSQL and Redis servers.
struct ShopUnderTest: Sendable {
  let postgres: PostgresServer
  let events: RedisServer
  let process: ServiceProcess

  static let owner = "owner:0197a6b2-0000-7000-8000-000000000001"
  static let otherOwner = "owner:0197a6b2-0000-7000-8000-000000000002"
  static let `operator` = "operator:0197a6b2-0000-7000-8000-000000000009"

  var api: RESTClient { RESTClient(process.url, principal: Self.owner) }
  /// Calls as a query service.
  var service: RESTClient { api.acting(as: "service:0197a6b2-0000-7000-8000-000000000008") }

  /// A separate instance with its own servers, for tests that stop one of them.
  static func start() async throws -> ShopUnderTest {
    let postgres = try await PostgresServer()
    try await postgres.createDatabase(named: "shop")
    let events = try await RedisServer(.events)
    let process = try await ServiceProcess(
      "shop",
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
        "INSTANCE": "shop-1",
      ])
    return ShopUnderTest(postgres: postgres, events: events, process: process)
  }

  private static let sharedInstance = Task { try await start() }

  /// One instance for the tests that leave it running.
  static func shared() async throws -> ShopUnderTest { try await sharedInstance.value }

  static func body(name: String = "한강치킨", menu: String = "[]") -> String {
    """
    {"name":"\(name)","category":"chicken","district":"gangnam","location":{"latitude":37.5,"longitude":127.03},\
    "address":"강남대로 1","minimumOrder":{"amount":15000,"currency":"KRW"},\
    "deliveryFee":{"amount":3000,"currency":"KRW"},"menu":\(menu)}
    """
  }

  static let chicken = #"{"name":"후라이드","price":{"amount":18000,"currency":"KRW"},"description":"바삭한"}"#

  func create(name: String = "한강치킨", menu: String = "[]") async throws -> Shop {
    try await api.send("POST", "/shops", Self.body(name: name, menu: menu)).decode(Shop.self)
  }
}
