import Contracts
import NIOPosix
import Redis
import Synchronization
import TestSupport
import Testing

@testable import OrderHistoryService

@Suite("The hub of tracking streams")
struct TrackingHubTests {
  private func withHub(
    keepAliveSeconds: Int = 15, _ body: @escaping @Sendable (TestHistory, TrackingHub) async throws -> Void
  ) async throws {
    try await withHistory { test in
      let hub = TrackingHub(reader: test.reader, keepAliveSeconds: keepAliveSeconds, logger: quietLogger)
      let invalidation = RedisInvalidation(
        configuration: test.server.configuration, prefixes: [HistoryKeys.orderPrefix],
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger
      ) { hub.receive($0) }
      try await running([hub, invalidation]) {
        try await eventually("the invalidations") { invalidation.isConnected }
        try await body(test, hub)
      }
    }
  }

  private func next(_ hub: TrackingHub, _ ticket: TrackingHub.Ticket, after position: PartVersions) async -> OrderTimeline? {
    if case .news(let timeline) = await hub.next(ticket, after: position) { timeline } else { nil }
  }

  @Test("Who doesn't ask is kept nothing for: when he does, he gets the present state")
  func slowReader() async throws {
    try await withHub { test, hub in
      let ticket = hub.open(.sample(1))
      for version in 1...200 {
        var order = Order.sample(1, .placed)
        order.version = Int64(version)
        order.timeline = [StatusChange(version: Int64(version), status: .placed, at: .start)]
        try await test.write(order)
      }
      try await eventually("the last version") {
        await next(hub, ticket, after: PartVersions())?.entries.map(\.version) == [200]
      }
      hub.close(ticket)
      #expect(hub.count == 0)
    }
  }

  @Test("All who follow an order are woken by one change; others are not")
  func wakes() async throws {
    try await withHub { test, hub in
      try await test.write(.sample(1, .placed), .sample(2, .placed))
      let seen = PartVersions(order: 1, payment: 0, delivery: 0)
      let other = hub.open(.sample(2))
      let woken = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for _ in 0..<100 {
          let ticket = hub.open(.sample(1))
          group.addTask { await next(hub, ticket, after: seen)?.entries.last?.version }
        }
        group.addTask {
          guard case .end = await hub.next(other, after: seen) else { return -1 }
          return nil
        }
        try await test.write(.sample(1, .placed, .paid))
        var woken: [Int64?] = []
        for _ in 0..<100 { woken.append(try await group.next()!) }
        hub.end(other)
        woken.append(try await group.next()!)
        return woken
      }
      #expect(woken == Array(repeating: 2, count: 100) + [nil])
    }
  }

  @Test("A change that comes between the look at the order and the wait is not missed")
  func between() async throws {
    try await withHub { test, hub in
      for version in 2...50 {
        let ticket = hub.open(.sample(1))
        var order = Order.sample(1, .placed)
        order.version = Int64(version)
        order.timeline = [StatusChange(version: Int64(version), status: .placed, at: .start)]
        async let write: Void = test.write([order])
        let seen = PartVersions(order: Int64(version - 1), payment: 0, delivery: 0)
        #expect(await next(hub, ticket, after: seen)?.entries.last?.version == Int64(version))
        try await write
        hub.close(ticket)
      }
    }
  }

  @Test("After a silence the connection is kept alive")
  func silence() async throws {
    try await withHub(keepAliveSeconds: 1) { test, hub in
      let ticket = hub.open(.sample(1))
      guard case .silence = await hub.next(ticket, after: PartVersions()) else {
        Issue.record("no silence")
        return
      }
    }
  }

  @Test("A stream that has ended waits for nothing")
  func ended() async throws {
    try await withHub { test, hub in
      let ticket = hub.open(.sample(1))
      hub.end(ticket)
      guard case .end = await hub.next(ticket, after: PartVersions()) else {
        Issue.record("no end")
        return
      }
      hub.close(ticket)
      hub.close(ticket)
      #expect(hub.count == 0)
    }
  }
}
