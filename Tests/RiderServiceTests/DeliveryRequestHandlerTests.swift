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

@Suite("Rider: delivery requests from order events")
struct DeliveryRequestHandlerTests {
  private func change(_ order: Order, _ types: Set<EventType> = [.orderAccepted], sequence: Int64? = nil) -> AggregateChange {
    AggregateChange(
      source: "/order", subject: order.id, sequence: sequence ?? order.version, types: types, time: Timestamp(milliseconds: 0),
      traceparent: nil)
  }

  private func withHandler(
    _ body: @escaping @Sendable (FakeOrderService, DeliveryRequestHandler, RiderFixture, CallCounter) async throws -> Void
  ) async throws {
    try await RiderFixture.run { fixture in
      let orderService = FakeOrderService()
      try await orderService.serving { port in
        let client = ServiceClient(
          service: "order", resolver: StaticResolver(["order": ServiceAddress("http://127.0.0.1:\(port)")!]),
          configuration: .init(attempts: 1), credentials: NoCredentials(),
          eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
        let running = Task { try await client.run() }
        let calls = CallCounter()
        let handler = DeliveryRequestHandler(
          orders: AggregateClient(client: client, collection: "/orders"), store: fixture.deliveries,
          onRequest: { calls.increment() })
        let result: Result<Void, any Error>
        do {
          result = .success(try await body(orderService, handler, fixture, calls))
        } catch {
          result = .failure(error)
        }
        running.cancel()
        try? await running.value
        try result.get()
      }
    }
  }

  @Test("A batch of accepted orders is fetched in one call and inserts one delivery per order; repeating it inserts none")
  func batches() async throws {
    try await withHandler { orderService, handler, fixture, calls in
      let orders = (0..<30).map { _ in Order.sample() }
      orderService.put(orders)
      #expect(await handler.handle(orders.map { change($0) }) == Array(repeating: .applied, count: 30))
      #expect(orderService.calls == [30])
      #expect(calls.count == 1)
      #expect(await handler.handle(orders.map { change($0) }) == Array(repeating: .applied, count: 30))
      #expect(calls.count == 1)
      let result = try await fixture.sql("SELECT count(*) FROM deliveries")
      #expect(result == "30")
    }
  }

  @Test("Only accepted orders are fetched, and only those still in status accepted get a delivery")
  func others() async throws {
    try await withHandler { orderService, handler, fixture, _ in
      let ended = OrderStatus.allCases.filter { $0 != .accepted }.map { Order.sample(status: $0, version: 5) }
      orderService.put(ended)
      #expect(await handler.handle(ended.map { change($0, [.orderPaid, .orderCancelled]) }) == ended.map { _ in .applied })
      #expect(orderService.calls.isEmpty)
      #expect(await handler.handle(ended.map { change($0, [.orderAccepted, .orderExpired]) }) == ended.map { _ in .applied })
      let result = try await fixture.sql("SELECT count(*) FROM deliveries")
      #expect(result == "0")
    }
  }

  @Test("A response older than the event is retried; an unknown order fails")
  func staleAndUnknown() async throws {
    try await withHandler { orderService, handler, fixture, _ in
      let (stale, unknown, good) = (Order.sample(status: .paid, version: 2), Order.sample(), Order.sample())
      orderService.put([stale, good])
      let outcomes = await handler.handle([change(stale, sequence: 3), change(unknown), change(good)])
      guard case .retry = outcomes[0], case .failed = outcomes[1] else {
        Issue.record("\(outcomes)")
        return
      }
      #expect(outcomes[2] == .applied)
      let result = try await fixture.sql("SELECT order_id FROM deliveries")
      #expect(result == good.id.description)
    }
  }

  @Test("While the order service is unavailable, accepted orders are retried and other events of the batch are applied")
  func unavailable() async throws {
    try await withHandler { orderService, handler, _, _ in
      orderService.fail(.serviceUnavailable)
      let outcomes = await handler.handle([change(.sample()), change(.sample(), [.orderPlaced])])
      guard case .retry = outcomes[0] else {
        Issue.record("\(outcomes)")
        return
      }
      #expect(outcomes[1] == .applied)
    }
  }

  @Test("An order that the database rejects fails alone; the others of the batch get their deliveries")
  func poison() async throws {
    try await withHandler { orderService, handler, fixture, _ in
      var orders = (0..<9).map { _ in Order.sample() }
      orders[4].pickup.address = "a\u{0}b"
      orderService.put(orders)
      let outcomes = await handler.handle(orders.map { change($0) })
      for (index, outcome) in outcomes.enumerated() {
        if index == 4, case .failed = outcome { continue }
        #expect(outcome == .applied, "\(index)")
      }
      let result = try await fixture.sql("SELECT count(*) FROM deliveries")
      #expect(result == "8")
    }
  }
}

/// Counts calls.
final class CallCounter: Sendable {
  private let state = Mutex(0)
  var count: Int { state.withLock { $0 } }
  func increment() { state.withLock { $0 += 1 } }
}
