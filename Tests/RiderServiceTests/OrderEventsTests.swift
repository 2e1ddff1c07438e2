import Auth
import Projections
import Contracts
import HTTPTypes
import NIOPosix
import ServiceClient
import Synchronization
import TestSupport
import Testing

@testable import Events
@testable import RiderService

@Suite("Events of orders")
struct OrderEventsTests {
  private func change(_ order: Order, _ types: Set<EventType> = [.orderAccepted], sequence: Int64? = nil) -> AggregateChange {
    AggregateChange(
      source: "/order", subject: order.id, sequence: sequence ?? order.version, types: types, time: Timestamp(milliseconds: 0),
      traceparent: nil)
  }

  private func withEvents(_ body: @escaping @Sendable (FakeOrder, DeliveryRequestHandler, RiderBench, Wakes) async throws -> Void)
    async throws
  {
    try await RiderBench.run { bench in
      let stand = FakeOrder()
      try await stand.serving { port in
        let client = ServiceClient(
          service: "order", resolver: StaticResolver(["order": ServiceAddress("http://127.0.0.1:\(port)")!]),
          configuration: .init(attempts: 1), credentials: NoCredentials(),
          eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
        let running = Task { try await client.run() }
        let wakes = Wakes()
        let events = DeliveryRequestHandler(
          source: AggregateClient(client: client, collection: "/orders"), store: bench.deliveries, requested: { wakes.note() })
        let result: Result<Void, any Error>
        do {
          result = .success(try await body(stand, events, bench, wakes))
        } catch {
          result = .failure(error)
        }
        running.cancel()
        try? await running.value
        try result.get()
      }
    }
  }

  @Test("A batch of accepted orders is one callback and one delivery each, and says that there is work; again it is nothing new")
  func batches() async throws {
    try await withEvents { stand, events, bench, wakes in
      let orders = (0..<30).map { _ in Order.sample() }
      stand.put(orders)
      #expect(await events.handle(orders.map { change($0) }) == Array(repeating: .applied, count: 30))
      #expect(stand.calls == [30])
      #expect(wakes.count == 1)
      #expect(await events.handle(orders.map { change($0) }) == Array(repeating: .applied, count: 30))
      #expect(wakes.count == 1)
      let made = try await bench.sql("SELECT count(*) FROM deliveries")
      #expect(made == "30")
    }
  }

  @Test("Nothing but an acceptance is asked about, and only an order that is still accepted is delivered")
  func others() async throws {
    try await withEvents { stand, events, bench, _ in
      let ended = OrderStatus.allCases.filter { $0 != .accepted }.map { Order.sample(status: $0, version: 5) }
      stand.put(ended)
      #expect(await events.handle(ended.map { change($0, [.orderPaid, .orderCancelled]) }) == ended.map { _ in .applied })
      #expect(stand.calls.isEmpty)
      #expect(await events.handle(ended.map { change($0, [.orderAccepted, .orderExpired]) }) == ended.map { _ in .applied })
      let made = try await bench.sql("SELECT count(*) FROM deliveries")
      #expect(made == "0")
    }
  }

  @Test("An answer older than the announcement is asked for again; an unknown order fails")
  func staleAndUnknown() async throws {
    try await withEvents { stand, events, bench, _ in
      let (stale, unknown, good) = (Order.sample(status: .paid, version: 2), Order.sample(), Order.sample())
      stand.put([stale, good])
      let outcomes = await events.handle([change(stale, sequence: 3), change(unknown), change(good)])
      guard case .retry = outcomes[0], case .failed = outcomes[1] else {
        Issue.record("\(outcomes)")
        return
      }
      #expect(outcomes[2] == .applied)
      let made = try await bench.sql("SELECT order_id FROM deliveries")
      #expect(made == good.id.description)
    }
  }

  @Test("An order service that is away is waited for; other events of the batch are not kept by it")
  func away() async throws {
    try await withEvents { stand, events, _, _ in
      stand.fail(.serviceUnavailable)
      let outcomes = await events.handle([change(.sample()), change(.sample(), [.orderPlaced])])
      guard case .retry = outcomes[0] else {
        Issue.record("\(outcomes)")
        return
      }
      #expect(outcomes[1] == .applied)
    }
  }

  @Test("An order that the database can't take fails alone; the others of its batch are delivered")
  func poison() async throws {
    try await withEvents { stand, events, bench, _ in
      var orders = (0..<9).map { _ in Order.sample() }
      orders[4].pickup.address = "a\u{0}b"
      stand.put(orders)
      let outcomes = await events.handle(orders.map { change($0) })
      for (place, outcome) in outcomes.enumerated() {
        if place == 4, case .failed = outcome { continue }
        #expect(outcome == .applied, "\(place)")
      }
      let made = try await bench.sql("SELECT count(*) FROM deliveries")
      #expect(made == "8")
    }
  }
}

/// How often something was said.
final class Wakes: Sendable {
  private let state = Mutex(0)
  var count: Int { state.withLock { $0 } }
  func note() { state.withLock { $0 += 1 } }
}
