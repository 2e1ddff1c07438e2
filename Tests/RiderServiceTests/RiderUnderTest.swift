import Contracts
import TestSupport
import Testing

@testable import Events

/// One `rider` process with its servers and a stand-in for the order service, for all tests of this target.
struct RiderUnderTest: Sendable {
  let postgres: PostgresServer
  let events: RedisServer
  let process: ServiceProcess
  let orders: FakeOrder

  static let service = "service:0197a6b2-0000-7000-8000-000000000008"
  static let `operator` = "operator:0197a6b2-0000-7000-8000-000000000009"

  var api: RESTClient { RESTClient(process.url, principal: Self.service) }

  func rider(_ id: Identifier) -> RESTClient { api.acting(as: "rider:\(id)") }

  static func start() async throws -> RiderUnderTest {
    let postgres = try await PostgresServer()
    try await postgres.createDatabase(named: "rider")
    let events = try await RedisServer(.events)
    let orders = FakeOrder()
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    // Serves for as long as the test process lives.
    Task { try await orders.serve { port.yield($0) } }
    var iterator = ports.makeAsyncIterator()
    let process = try await ServiceProcess(
      "rider",
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
        "ORDER_URL": "http://127.0.0.1:\(await iterator.next() ?? 0)", "OFFER_RETRY": "100ms", "INSTANCE": "rider-1",
      ])
    return RiderUnderTest(postgres: postgres, events: events, process: process, orders: orders)
  }

  private static let one = Task { try await start() }

  static func shared() async throws -> RiderUnderTest { try await one.value }

  /// Says on the stream of `order` that an order was accepted.
  func announce(_ order: Order) async throws {
    orders.put([order])
    _ = try await ChildProcess.run(
      ["redis-cli", "-p", "\(events.port)", "XADD", StreamNames.events(of: "order"), "*"]
        + [
          "id", Identifier.fresh().description, "source", "/order", "type", "order.accepted", "subject", order.id.description,
          "time",
          order.updatedAt.rfc3339, "sequence", "\(order.version)",
        ])
  }

  /// A rider who is online at a place far from those of other tests.
  func online(at place: Location) async throws -> Identifier {
    let id = Identifier.fresh()
    _ = try await rider(id).send("POST", "/riders", #"{"name":"김라이더","vehicle":"bicycle"}"#)
    _ = try await rider(id).send(
      "PUT", "/riders/\(id)/location", #"{"latitude":\#(place.latitude),"longitude":\#(place.longitude)}"#)
    _ = try await rider(id).send("PUT", "/riders/\(id)/status", #"{"status":"online"}"#)
    return id
  }

  /// Waits by long poll for what is offered to a rider.
  func offer(to id: Identifier) async throws -> OfferView {
    struct Offers: Decodable { let items: [OfferView] }
    let answer = try await rider(id).send("GET", "/riders/\(id)/offers?wait=10", within: .seconds(20))
    return try #require(try answer.decode(Offers.self).items.first)
  }
}
