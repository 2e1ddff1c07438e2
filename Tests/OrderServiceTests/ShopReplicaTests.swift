import Contracts
import HTTPTypes
import Projections
import TestSupport
import Testing

@testable import Events
@testable import OrderService

@Suite("The replica of the shops")
struct ShopReplicaTests {
  private func change(_ id: Identifier, _ sequence: Int64) -> AggregateChange {
    AggregateChange(
      source: "/shop", subject: id, sequence: sequence, types: [.shopUpdated], time: Timestamp(milliseconds: 0), traceparent: nil)
  }

  private func withEvents(
    _ body: @escaping @Sendable (FakeShopService, ProjectionHandler<ShopReplica>, OrderFixture) async throws -> Void
  ) async throws {
    try await OrderFixture.run { fixture in
      let shop = FakeShopService()
      try await shop.serving { source in
        try await body(
          shop, ProjectionHandler(projection: Projection(source: source, readModel: fixture.replica), service: "order"), fixture)
      }
    }
  }

  @Test("A batch of changes is one call, current versions are not fetched, and orders have the new price")
  func batches() async throws {
    try await withEvents { shop, events, fixture in
      shop.put((10..<30).map { .sample($0, version: 3, price: 20_000) })
      let outcomes = await events.handle((10..<30).map { change(.sample($0), 3) })
      #expect(outcomes == Array(repeating: .applied, count: 20))
      #expect(shop.batchSizes == [20])
      let order = try await fixture.place()
      #expect(order.subtotal == Money(amount: 40_000))
      let again = await events.handle((10..<31).map { change(.sample($0), $0 == 5 ? 2 : 3) })
      #expect(again == Array(repeating: .applied, count: 21))
      #expect(shop.batchSizes == [20, 1])
    }
  }

  @Test("A deleted shop leaves a tombstone that no older state overwrites; so does one unknown to its owner")
  func gone() async throws {
    try await withEvents { shop, events, fixture in
      shop.delete(.sample(10), version: 7)
      let outcomes = await events.handle([change(.sample(10), 7), change(.sample(11), 4)])
      #expect(outcomes == [.applied, .applied])
      let held = try await fixture.replica.heldVersions(of: [.sample(10), .sample(11), .sample(12)])
      #expect(held == [7, 4, nil])
      try await fixture.replica.write([.live(.sample(10, version: 6)), .live(.sample(11, version: 4))])
      let tombstones = try await fixture.psql("SELECT count(*) FROM shops WHERE deleted")
      #expect(tombstones == "2")
      await #expect(throws: OrderError.unknownShop) { try await fixture.place() }
    }
  }

  @Test("A fetched state older than the event is retried, and an older state overwrites nothing")
  func stale() async throws {
    try await withEvents { shop, events, fixture in
      shop.put(.sample(10, version: 2, price: 30_000))
      let outcome = await events.handle([change(.sample(10), 3)])[0]
      if case .retry = outcome {} else { Issue.record("\(outcome)") }
      try await fixture.replica.write([.live(.sample(10, version: 1, price: 1))])
      let order = try await fixture.place()
      #expect(order.subtotal == Money(amount: 60_000))
    }
  }

  @Test("While the shop service is unavailable changes are retried, and orders can be placed", arguments: [500, 503])
  func unavailable(status: Int) async throws {
    try await withEvents { shop, events, fixture in
      shop.fail(.init(code: status))
      let outcome = await events.handle([change(.sample(10), 2)])[0]
      if case .retry = outcome {} else { Issue.record("\(outcome)") }
      try await fixture.place()
    }
  }

  @Test("An item that was removed from the menu cannot be ordered")
  func menu() async throws {
    try await withEvents { shop, events, fixture in
      var changed = Shop.sample(10, version: 2)
      changed.menu.removeFirst()
      shop.put(changed)
      let outcomes = await events.handle([change(.sample(10), 2)])
      #expect(outcomes == [.applied])
      await #expect(throws: OrderError.notOnMenu(lines: [0])) { try await fixture.place() }
    }
  }

  @Test("Reconciliation builds the replica once, and then fetches what events have missed")
  func reconciles() async throws {
    try await OrderFixture.run { fixture in
      let shop = FakeShopService()
      shop.put((10..<1200).map { .sample($0) })
      shop.delete(.sample(2000), version: 9)
      try await shop.serving { source in
        let reconciliation = ProjectionReconciliation(
          projection: Projection(source: source, readModel: fixture.replica),
          marker: PostgresRebuildMarker(postgres: fixture.postgres, builder: "tests"), logger: quietLogger)
        var configuration = Reconciler.Configuration()
        configuration.watchInterval = .milliseconds(20)
        let reconciler = Reconciler(reconciliation, configuration: configuration, logger: quietLogger)
        #expect(!reconciliation.isKnownToBeBuilt)
        let running = Task { try await reconciler.run() }
        defer { running.cancel() }
        try await eventually(within: .seconds(20), "the replica") { reconciliation.isKnownToBeBuilt }
        let counts = try await fixture.psql("SELECT count(*) FILTER (WHERE deleted), count(*) FROM shops")
        #expect(counts == "1|1191")
        #expect(shop.batchSizes.allSatisfy { $0 <= 500 })
        shop.put(.sample(10, version: 5, price: 25_000))
        reconciler.requestFull()
        try await eventually("the repair") { try await fixture.replica.heldVersions(of: [.sample(10)]) == [5] }
      }
    }
  }
}
