import Contracts
import NIOPosix
import Redis
import Synchronization
import TestSupport
import Testing

@testable import OrderHistoryService

@Suite("The tracking hub")
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

  private func next(
    _ hub: TrackingHub, _ subscription: TrackingHub.Subscription, after position: PartVersions
  ) async -> OrderTimeline? {
    if case .update(let timeline) = await hub.next(subscription, after: position) { timeline } else { nil }
  }

  @Test("Nothing is queued for a slow stream; its next wait returns the current state")
  func slowReader() async throws {
    try await withHub { test, hub in
      let subscription = hub.subscribe(to: .sample(1))
      for version in 1...200 {
        var order = Order.sample(1, .placed)
        order.version = Int64(version)
        order.timeline = [StatusChange(version: Int64(version), status: .placed, at: .start)]
        try await test.write(order)
      }
      try await eventually("the last version") {
        await next(hub, subscription, after: PartVersions())?.entries.map(\.version) == [200]
      }
      hub.unsubscribe(subscription)
      #expect(hub.count == 0)
    }
  }

  @Test("A change resumes all streams of its order, and no others")
  func resumes() async throws {
    try await withHub { test, hub in
      try await test.write(.sample(1, .placed), .sample(2, .placed))
      let seen = PartVersions(order: 1, payment: 0, delivery: 0)
      let other = hub.subscribe(to: .sample(2))
      let resumed = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for _ in 0..<100 {
          let subscription = hub.subscribe(to: .sample(1))
          group.addTask { await next(hub, subscription, after: seen)?.entries.last?.version }
        }
        group.addTask {
          guard case .end = await hub.next(other, after: seen) else { return -1 }
          return nil
        }
        try await test.write(.sample(1, .placed, .paid))
        var resumed: [Int64?] = []
        for _ in 0..<100 { resumed.append(try await group.next()!) }
        hub.end(other)
        resumed.append(try await group.next()!)
        return resumed
      }
      #expect(resumed == Array(repeating: 2, count: 100) + [nil])
    }
  }

  @Test("A change between the subscription and the wait is not missed")
  func between() async throws {
    try await withHub { test, hub in
      for version in 2...50 {
        let subscription = hub.subscribe(to: .sample(1))
        var order = Order.sample(1, .placed)
        order.version = Int64(version)
        order.timeline = [StatusChange(version: Int64(version), status: .placed, at: .start)]
        async let write: Void = test.write([order])
        let seen = PartVersions(order: Int64(version - 1), payment: 0, delivery: 0)
        #expect(await next(hub, subscription, after: seen)?.entries.last?.version == Int64(version))
        try await write
        hub.unsubscribe(subscription)
      }
    }
  }

  @Test("An idle stream gets a keep-alive")
  func keepAlive() async throws {
    try await withHub(keepAliveSeconds: 1) { test, hub in
      let subscription = hub.subscribe(to: .sample(1))
      guard case .keepAlive = await hub.next(subscription, after: PartVersions()) else {
        Issue.record("no keep-alive")
        return
      }
    }
  }

  @Test("A stream that was ended does not wait")
  func ended() async throws {
    try await withHub { test, hub in
      let subscription = hub.subscribe(to: .sample(1))
      hub.end(subscription)
      guard case .end = await hub.next(subscription, after: PartVersions()) else {
        Issue.record("no end")
        return
      }
      hub.unsubscribe(subscription)
      hub.unsubscribe(subscription)
      #expect(hub.count == 0)
    }
  }
}
