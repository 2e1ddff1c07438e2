import Contracts
import HTTPTypes
import Projections
import Redis
import ServiceClient
import TestSupport
import Testing

@testable import Events
@testable import ShopListingService

@Suite("Events of shops")
struct ShopEventsTests {
  private func change(_ id: Identifier, _ sequence: Int64) -> AggregateChange {
    AggregateChange(
      source: "/shop", subject: id, sequence: sequence, types: [.shopUpdated], time: Timestamp(milliseconds: 0), traceparent: nil)
  }

  private func withEvents(
    _ body: @escaping @Sendable (FakeOwner<Shop>, ProjectionHandler<ShopReadModel>, TestReadModel) async throws -> Void
  ) async throws {
    try await withReadModel { test in
      let shop = FakeOwner<Shop>("shop", "/shops")
      try await shop.serving { source in
        try await body(
          shop, ProjectionHandler(projection: Projection(source: source, readModel: test.model), service: "shop-listing"), test)
      }
    }
  }

  @Test("A batch of changes is fetched in one call; versions that are already stored are not fetched")
  func batches() async throws {
    try await withEvents { shop, events, test in
      shop.put((0..<20).map { .sample($0, version: 3) })
      let outcomes = await events.handle((0..<20).map { change(.sample($0), 3) })
      #expect(outcomes == Array(repeating: .applied, count: 20))
      #expect(shop.calls == [20])
      let count = try await test.model.shopCount()
      #expect(count == 20)
      let again = await events.handle((0..<21).map { change(.sample($0), $0 == 5 ? 2 : 3) })
      #expect(again == Array(repeating: .applied, count: 21))
      #expect(shop.calls == [20, 1])
    }
  }

  @Test("A deleted shop leaves a tombstone; so does one that the shop service does not know")
  func gone() async throws {
    try await withEvents { shop, events, test in
      try await test.write(.sample(1), .sample(2))
      shop.delete(.sample(1), version: 7)
      let outcomes = await events.handle([change(.sample(1), 7), change(.sample(2), 4)])
      #expect(outcomes == [.applied, .applied])
      let held = try await test.model.heldVersions(of: [.sample(1), .sample(2)])
      #expect(held == [7, 4])
      #expect(try await test.page("/listings").ids == [])
    }
  }

  @Test("A fetched state older than the event is fetched again")
  func stale() async throws {
    try await withEvents { shop, events, test in
      shop.put(.sample(1, version: 2))
      guard case .retry = await events.handle([change(.sample(1), 3)])[0] else {
        Issue.record("not retried")
        return
      }
      let held = try await test.model.heldVersions(of: [.sample(1)])
      #expect(held == [2])
    }
  }

  @Test("A 5xx response of the shop service is retried", arguments: [500, 502, 503] as [Int])
  func shopUnavailable(status: Int) async throws {
    try await withEvents { shop, events, test in
      shop.put(.sample(1))
      shop.fail(.init(code: status))
      let outcome = await events.handle([change(.sample(1), 1)])[0]
      if case .retry = outcome {} else { Issue.record("\(outcome)") }
      let held = try await test.model.heldVersions(of: [.sample(1)])
      #expect(held == [nil])
    }
  }

  @Test("While Redis is unavailable changes are retried")
  func redisUnavailable() async throws {
    try await withEvents { shop, events, test in
      shop.put(.sample(1))
      try await test.server.kill9()
      let outcome = await events.handle([change(.sample(1), 1)])[0]
      if case .retry = outcome {} else { Issue.record("\(outcome)") }
    }
  }

  @Test("A shop that cannot be decoded fails alone; the others of its batch are written")
  func undecodable() async throws {
    try await withEvents { shop, events, test in
      shop.put((0..<8).map { .sample($0) })
      shop.breakDocument(of: .sample(5))
      let outcomes = await events.handle((0..<8).map { change(.sample($0), 1) })
      for (number, outcome) in outcomes.enumerated() {
        if number == 5, case .failed = outcome { continue }
        #expect(outcome == .applied, "\(number)")
      }
      let count = try await test.model.shopCount()
      #expect(count == 7)
    }
  }

  @Test("A lost read model is rebuilt in full by reconciliation, and then marked as built")
  func rebuild() async throws {
    try await withEvents { shop, _, test in
      shop.put((0..<1200).map { .sample($0) })
      shop.delete(.sample(2000), version: 9)
      try await shop.serving { source in
        let reconciliation = ProjectionReconciliation(
          projection: Projection(source: source, readModel: test.model), marker: ReadModelKeys.shopsMarker(test.redis),
          logger: quietLogger)
        let reconciler = Reconciler(reconciliation, logger: quietLogger)
        let running = Task { try await reconciler.run() }
        defer { running.cancel() }
        try await eventually("the build") { try await test.model.shopCount() == 1200 }
        try await test.redis.send(RedisCommand("FLUSHALL"))
        try await eventually("the second build") {
          let count = try await test.model.shopCount()
          let isBuilt = try await ReadModelKeys.shopsMarker(test.redis).isBuilt()
          return count == 1200 && isBuilt
        }
        #expect(reconciliation.isKnownToBeBuilt)
        let held = try await test.model.heldVersions(of: [.sample(2000)])
        #expect(held == [9])
        #expect(shop.calls.allSatisfy { $0 <= 500 })
      }
    }
  }
}
