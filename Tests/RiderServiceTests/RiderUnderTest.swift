import Contracts
import TestSupport
import Testing

@testable import Events

/// A `rider` process with its servers and a fake order service.
struct RiderUnderTest: Sendable {
  let postgres: PostgresServer
  let database: String
  let events: RedisServer
  let process: ServiceProcess
  let orders: FakeOrderService

  static let service = "service:0197a6b2-0000-7000-8000-000000000008"
  static let `operator` = "operator:0197a6b2-0000-7000-8000-000000000009"

  var api: RESTClient { RESTClient(process.url, principal: Self.service) }

  func rider(_ id: Identifier) -> RESTClient { api.acting(as: "rider:\(id)") }

  static func start() async throws -> RiderUnderTest {
    let postgres = try await PostgresServer.shared()
    let database = try await postgres.createDatabase(for: "rider")
    let events = try await RedisServer(.events)
    let orders = FakeOrderService()
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    // Serves until the test process exits.
    Task { try await orders.serve { port.yield($0) } }
    var iterator = ports.makeAsyncIterator()
    let process = try await ServiceProcess(
      "rider",
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "POSTGRES_DATABASE": database, "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default",
        "EVENTS_REDIS_PASSWORD": "any", "ORDER_URL": "http://127.0.0.1:\(await iterator.next() ?? 0)", "OFFER_RETRY": "100ms",
        "INSTANCE": "rider-1",
      ])
    return RiderUnderTest(postgres: postgres, database: database, events: events, process: process, orders: orders)
  }

  private static let instance = Task { try await start() }

  /// The instance that the tests of this target share.
  static func shared() async throws -> RiderUnderTest {
    try requireServers()
    return try await instance.value
  }

  func sql(_ text: String) async throws -> String {
    try await postgres.psql(text, database: database)
  }

  /// Publishes `order.accepted` on the stream of the order service.
  func publishAccepted(_ order: Order) async throws {
    orders.put([order])
    _ = try await ChildProcess.run(
      ["redis-cli", "-p", "\(events.port)", "XADD", StreamNames.events(of: "order"), "*"]
        + [
          "id", Identifier.fresh().description, "source", "/order", "type", "order.accepted", "subject", order.id.description,
          "time",
          order.updatedAt.rfc3339, "sequence", "\(order.version)",
        ])
  }

  /// Registers a rider who is online, far from the riders of other tests.
  func online(at location: Location) async throws -> Identifier {
    let id = Identifier.fresh()
    _ = try await rider(id).send("POST", "/riders", #"{"name":"김라이더","vehicle":"bicycle"}"#)
    _ = try await rider(id).send(
      "PUT", "/riders/\(id)/location", #"{"latitude":\#(location.latitude),"longitude":\#(location.longitude)}"#)
    _ = try await rider(id).send("PUT", "/riders/\(id)/status", #"{"status":"online"}"#)
    return id
  }

  /// Waits for a rider's offer by long poll.
  func offer(to id: Identifier) async throws -> OfferView {
    struct Offers: Decodable { let items: [OfferView] }
    let response = try await rider(id).send("GET", "/riders/\(id)/offers?wait=10", within: .seconds(20))
    return try #require(try response.decode(Offers.self).items.first)
  }
}
