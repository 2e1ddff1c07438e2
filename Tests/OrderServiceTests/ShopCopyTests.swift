import Projections
import Contracts
import HTTPTypes
import TestSupport
import Testing

@testable import Events
@testable import OrderService

@Suite("The copy of the shops")
struct ShopCopyTests {
  private func change(_ id: Identifier, _ sequence: Int64) -> AggregateChange {
    AggregateChange(
      source: "/shop", subject: id, sequence: sequence, types: [.shopUpdated], time: Timestamp(milliseconds: 0), traceparent: nil)
  }

  private func withEvents(
    _ body: @escaping @Sendable (FakeShop, ProjectionHandler<ShopReplica>, OrderBench) async throws -> Void
  ) async throws {
    try await OrderBench.run { bench in
      let shop = FakeShop()
      try await shop.serving { source in
        try await body(
          shop, ProjectionHandler(projection: Projection(source: source, readModel: bench.copy), service: "order"), bench)
      }
    }
  }

  @Test("A batch of changes is one call, what is held already is not asked for, and orders are at the new price")
  func batches() async throws {
    try await withEvents { shop, events, bench in
      shop.put((10..<30).map { .sample($0, version: 3, price: 20_000) })
      let outcomes = await events.handle((10..<30).map { change(.sample($0), 3) })
      #expect(outcomes == Array(repeating: .applied, count: 20))
      #expect(shop.calls == [20])
      let order = try await bench.place()
      #expect(order.subtotal == Money(amount: 40_000))
      let again = await events.handle((10..<31).map { change(.sample($0), $0 == 5 ? 2 : 3) })
      #expect(again == Array(repeating: .applied, count: 21))
      #expect(shop.calls == [20, 1])
    }
  }

  @Test("A deleted shop leaves a tombstone that nothing older overwrites; so does one that its owner doesn't know")
  func gone() async throws {
    try await withEvents { shop, events, bench in
      shop.delete(.sample(10), version: 7)
      let outcomes = await events.handle([change(.sample(10), 7), change(.sample(11), 4)])
      #expect(outcomes == [.applied, .applied])
      let held = try await bench.copy.heldVersions(of: [.sample(10), .sample(11), .sample(12)])
      #expect(held == [7, 4, nil])
      try await bench.copy.write([.live(.sample(10, version: 6)), .live(.sample(11, version: 4))])
      let tombstones = try await bench.psql("SELECT count(*) FROM shops WHERE deleted")
      #expect(tombstones == "2")
      await #expect(throws: OrderError.unknownShop) { try await bench.place() }
    }
  }

  @Test("An answer that is older than what was announced is asked for again, and an older one overwrites nothing")
  func stale() async throws {
    try await withEvents { shop, events, bench in
      shop.put(.sample(10, version: 2, price: 30_000))
      let outcome = await events.handle([change(.sample(10), 3)])[0]
      if case .retry = outcome {} else { Issue.record("\(outcome)") }
      try await bench.copy.write([.live(.sample(10, version: 1, price: 1))])
      let order = try await bench.place()
      #expect(order.subtotal == Money(amount: 60_000))
    }
  }

  @Test("A shop service that is away is a reason to wait, and orders go on", arguments: [500, 503])
  func away(status: Int) async throws {
    try await withEvents { shop, events, bench in
      shop.fail(.init(code: status))
      let outcome = await events.handle([change(.sample(10), 2)])[0]
      if case .retry = outcome {} else { Issue.record("\(outcome)") }
      try await bench.place()
    }
  }

  @Test("An item that was taken off the menu can't be ordered any more")
  func menu() async throws {
    try await withEvents { shop, events, bench in
      var changed = Shop.sample(10, version: 2)
      changed.menu.removeFirst()
      shop.put(changed)
      let outcomes = await events.handle([change(.sample(10), 2)])
      #expect(outcomes == [.applied])
      await #expect(throws: OrderError.notOnMenu(lines: [0])) { try await bench.place() }
    }
  }

  @Test("Reconciliation copies everything once, and then what events have missed")
  func reconciles() async throws {
    try await OrderBench.run { bench in
      let shop = FakeShop()
      shop.put((10..<1200).map { .sample($0) })
      shop.delete(.sample(2000), version: 9)
      try await shop.serving { source in
        let reconciliation = ProjectionReconciliation(
          projection: Projection(source: source, readModel: bench.copy),
          marker: PostgresRebuildMarker(postgres: bench.postgres, builder: "tests"), logger: quietLogger)
        var configuration = Reconciler.Configuration()
        configuration.watchInterval = .milliseconds(20)
        let reconciler = Reconciler(reconciliation, configuration: configuration, logger: quietLogger)
        #expect(!reconciliation.isKnownToBeBuilt)
        let running = Task { try await reconciler.run() }
        defer { running.cancel() }
        try await eventually(within: .seconds(20), "the copy") { reconciliation.isKnownToBeBuilt }
        let counts = try await bench.psql("SELECT count(*) FILTER (WHERE deleted), count(*) FROM shops")
        #expect(counts == "1|1191")
        #expect(shop.calls.allSatisfy { $0 <= 500 })
        shop.put(.sample(10, version: 5, price: 25_000))
        reconciler.requestFull()
        try await eventually("the repair") { try await bench.copy.heldVersions(of: [.sample(10)]) == [5] }
      }
    }
  }
}
