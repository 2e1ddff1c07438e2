import Contracts
import HTTPTypes
import Projections
import TestSupport
import Testing

@testable import Events
@testable import OrderHistoryService

@Suite("Events of orders, payments and deliveries")
struct HistoryEventsTests {
  private struct Owners: Sendable {
    let orders = FakeOwner<Order>("order", "/orders")
    let payments = FakeOwner<Payment>("payment", "/payments")
    let deliveries = FakeOwner<Delivery>("rider", "/deliveries")
  }

  private func withEvents(
    _ body: @escaping @Sendable (Owners, EventRouter, TestHistory) async throws -> Void
  ) async throws {
    try await withHistory { test in
      let owners = Owners()
      try await owners.orders.serving { orders in
        try await owners.payments.serving { payments in
          try await owners.deliveries.serving { deliveries in
            let events = EventRouter(
              .init(source: "order", prefix: "order.", handler: test.events(of: orders)),
              .init(
                source: "payment", prefix: "payment.",
                handler: test.events(of: payments)),
              .init(
                source: "rider", prefix: "delivery.",
                handler: test.events(of: deliveries)))
            try await body(owners, events, test)
          }
        }
      }
    }
  }

  private func change(_ source: String, _ id: Identifier, _ sequence: Int64, _ type: EventType) -> AggregateChange {
    AggregateChange(source: source, subject: id, sequence: sequence, types: [type], time: .start, traceparent: nil)
  }

  @Test("A batch is one call to each owner; events of riders are ignored; stored versions are not fetched again")
  func batches() async throws {
    try await withEvents { owners, events, test in
      let orders = (1...20).map { Order.sample($0, .placed, .paid, .accepted) }
      owners.orders.put(orders)
      owners.payments.put(orders.map { .sample(of: $0, .requested) })
      owners.deliveries.put(orders.map { .sample(of: $0, .requested) })
      let changes =
        orders.map { change("/order", $0.id, 3, .orderAccepted) } + [change("/rider", .rider, 1, .riderRegistered)]
        + orders.map { change("/payment", $0.paymentId, 1, .paymentRequested) }
        + orders.map { change("/rider", Delivery.sample(of: $0).id, 1, .deliveryRequested) }
      for _ in 1...2 {
        #expect(await events.handle(changes) == Array(repeating: .applied, count: 61))
        #expect(owners.orders.calls == [20] && owners.payments.calls == [20] && owners.deliveries.calls == [20])
      }
      for order in orders {
        let view = try await test.reader.view(of: order.id)
        #expect(
          view == OrderView(order: order, payment: .sample(of: order, .requested), delivery: .sample(of: order, .requested)))
      }
    }
  }

  @Test("An unavailable owner does not delay the changes of others")
  func ownerUnavailable() async throws {
    try await withEvents { owners, events, test in
      let order = Order.sample(1, .placed)
      owners.orders.put(order)
      owners.payments.fail(.internalServerError)
      let outcomes = await events.handle([
        change("/payment", order.paymentId, 1, .paymentRequested), change("/order", order.id, 1, .orderPlaced),
      ])
      if case .retry = outcomes[0] {} else { Issue.record("\(outcomes[0])") }
      #expect(outcomes[1] == .applied)
      let view = try await test.reader.view(of: order.id)
      #expect(view == OrderView(order: order))
    }
  }

  @Test("A fetched state older than the event is fetched again; one that cannot be decoded fails alone")
  func bad() async throws {
    try await withEvents { owners, events, test in
      owners.orders.put(.sample(1, .placed), .sample(2, .placed))
      owners.orders.breakDocument(of: .sample(2))
      let outcomes = await events.handle([
        change("/order", .sample(1), 2, .orderPaid), change("/order", .sample(2), 1, .orderPlaced),
      ])
      if case .retry = outcomes[0] {} else { Issue.record("\(outcomes[0])") }
      if case .failed = outcomes[1] {} else { Issue.record("\(outcomes[1])") }
    }
  }
}
