import Contracts
import Events
import Redis
import Synchronization
import TestSupport
import Testing

@Suite("Fault injection between shop and listing", .serialized)
struct FaultTests {
  /// The process that is killed during the updates.
  enum Target: String, CaseIterable, CustomTestStringConvertible {
    case shop, listing, postgres, events, cache
    var testDescription: String { rawValue }
  }

  @Test(
    "kill -9 during 5,000 updates: no acknowledged write is lost, and the listing becomes consistent",
    arguments: Target.allCases)
  func killed(_ target: Target) async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 50)
      let updates = Updates(system: system, shops: shops, count: 5000)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await updates.run() }
        try await eventually(within: .seconds(60), "2,000 updates") { updates.acknowledgedCount >= 2000 }
        try await system.kill(target)
        try await system.start(target)
        try await group.waitForAll()
      }
      #expect(updates.acknowledgedCount == 5000)
      try await system.waitForConsistentListing(of: shops, atLeast: updates.acknowledged)
    }
  }

  @Test("FLUSHALL of the cache: the read model is rebuilt automatically", .timeLimit(.minutes(1)))
  func flushedCache() async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 300)
      try await system.waitForConsistentListing(of: shops)
      try await EndToEnd.withRedis(system.stack.cache) { _ = try await $0.send(RedisCommand("FLUSHALL")) }
      try await eventually(within: .seconds(10), "the emptied page to be detected and rebuilt") {
        try await system.list("/listings?district=gangnam&limit=100").count == 100
      }
      try await system.waitForConsistentListing(of: shops)
    }
  }

  @Test("FLUSHALL of the events: undelivered events are republished, and the group is recreated")
  func flushedEvents() async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 50)
      try await system.waitForConsistentListing(of: shops)
      try await system.stack.listing.kill9()
      for id in shops { try await system.owner.expect(200, "PATCH", "/shops/\(id)", #"{"name":"뒤"}"#) }
      try await EndToEnd.withRedis(system.stack.events) { _ = try await $0.send(RedisCommand("FLUSHALL")) }
      try await system.stack.listing.start()
      try await system.waitForConsistentListing(of: shops)
      let id = try await system.create()
      try await system.waitForListing(of: id, version: 1)
    }
  }

  @Test("While shop is unavailable listings are served; its changes are shown after its restart")
  func shopUnavailable() async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 5)
      try await system.waitForConsistentListing(of: shops)
      try await system.stack.shop.kill9()
      for _ in 0..<50 {
        #expect(try await system.anonymous.get("/listings?district=gangnam").status == 200)
        #expect(try await system.anonymous.get("/listings/\(shops[0])").status == 200)
      }
      #expect(try await system.anonymous.get("/readyz").status == 200)
      try await system.stack.shop.start()
      try await system.owner.expect(200, "PATCH", "/shops/\(shops[0])", #"{"name":"돌아온"}"#)
      try await system.waitForListing(of: shops[0], version: 2, within: .seconds(5))
    }
  }

  @Test("While the cache is unavailable reads are 503 with Retry-After, and recover within 3 s of its restart")
  func cacheUnavailable() async throws {
    try await EndToEnd.run { system in
      let id = try await system.create()
      try await system.waitForListing(of: id, version: 1)
      try await system.stack.cache.kill9()
      try await eventually("503") {
        let response = try await system.anonymous.get("/listings?district=mapo")
        return response.status == 503 && response.header("Retry-After") != nil
      }
      #expect(try await system.anonymous.get("/livez").status == 200)
      try await system.stack.cache.start()
      try await system.waitForListing(of: id, version: 1)
    }
  }

  @Test("10,000 changes of one shop cause at most 100 fetches")
  func hotShop() async throws {
    try await EndToEnd.run { system in
      let id = try await system.create()
      try await system.waitForListing(of: id, version: 1)
      let before = try await system.fetches()
      let updates = Updates(system: system, shops: [id], count: 10_000)
      try await updates.run()
      try await system.waitForConsistentListing(of: [id], atLeast: updates.acknowledged)
      #expect(try await system.fetches() - before <= 100)
    }
  }

  @Test("Two instances of the listing share a consumer group, and each serves every shop")
  func twoInstances() async throws {
    try await EndToEnd.run { system in
      let stack = system.stack
      let second = try await ServiceProcess(
        "shop-listing", environment: stack.environment.merging(["INSTANCE": "shop-listing-2", "SHOP_URL": stack.shop.url]) { $1 })
      let shops = try await system.create(count: 200)
      try await system.waitForConsistentListing(of: shops)
      for id in shops {
        #expect(try await RESTClient(second.url).get("/listings/\(id)").status == 200)
      }
      try await second.stop()
    }
  }
}

extension EndToEnd {
  fileprivate func kill(_ target: FaultTests.Target) async throws {
    switch target {
    case .shop: try await stack.shop.kill9()
    case .listing: try await stack.listing.kill9()
    case .postgres: try await stack.postgres.kill9()
    case .events: try await stack.events.kill9()
    case .cache: try await stack.cache.kill9()
    }
  }

  fileprivate func start(_ target: FaultTests.Target) async throws {
    switch target {
    case .shop: try await stack.shop.start()
    case .listing: try await stack.listing.start()
    case .postgres: try await stack.postgres.start()
    case .events: try await stack.events.start()
    case .cache: try await stack.cache.start()
    }
  }

  /// Waits until the listing shows each shop as the shop service does, at least at the acknowledged version.
  fileprivate func waitForConsistentListing(of shops: [Identifier], atLeast acknowledged: [Identifier: Int64] = [:]) async throws
  {
    for id in shops {
      let current = try await owner.expect(200, "GET", "/shops/\(id)").decode(Shop.self)
      if let version = acknowledged[id] { #expect(current.version >= version) }
      try await waitForListing(of: id, version: current.version, within: .seconds(15))
      #expect(try await anonymous.get("/listings/\(id)").decode(Named.self).name == current.name)
    }
  }

  private struct Named: Decodable { let name: String }

  /// The number of the listing's requests to the shop service.
  fileprivate func fetches() async throws -> Int {
    let metrics = try await RESTClient(stack.shop.url).get("/metrics").text
    return metrics.split(separator: "\n").reduce(0) { sum, line in
      guard line.hasPrefix("http_server_request_seconds_count"), line.contains(#"method="GET""#),
        line.contains(#"route="/shops""#)
      else { return sum }
      return sum + (line.split(separator: " ").last.flatMap { Int($0) } ?? 0)
    }
  }
}

/// Changes shops concurrently, retrying each change until it is acknowledged.
private final class Updates: Sendable {
  private let system: EndToEnd
  private let shops: [Identifier]
  private let count: Int
  private let state = Mutex((acknowledged: [Identifier: Int64](), count: 0))

  init(system: EndToEnd, shops: [Identifier], count: Int) {
    self.system = system
    self.shops = shops
    self.count = count
  }

  /// The highest acknowledged version of each shop.
  var acknowledged: [Identifier: Int64] { state.withLock { $0.acknowledged } }
  var acknowledgedCount: Int { state.withLock { $0.count } }

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<16 {
        group.addTask {
          for number in stride(from: worker, to: self.count, by: 16) {
            try await self.update(self.shops[number % self.shops.count], name: "이름 \(number)")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func update(_ id: Identifier, name: String) async throws {
    try await eventually(within: .seconds(30), every: .milliseconds(20), "an acknowledgement") {
      let response = try await system.owner.send("PATCH", "/shops/\(id)", #"{"name":"\#(name)"}"#)
      guard response.status == 200 else { return false }
      let version = try response.decode(Shop.self).version
      state.withLock { state in
        state.acknowledged[id] = max(state.acknowledged[id] ?? 0, version)
        state.count += 1
      }
      return true
    }
  }
}
