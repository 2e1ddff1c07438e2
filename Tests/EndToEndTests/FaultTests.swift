import Contracts
import Events
import Redis
import Synchronization
import TestSupport
import Testing

@Suite("Faults in the path", .serialized)
struct FaultTests {
  /// What ends as by a crash in the middle of the updates.
  enum Victim: String, CaseIterable, CustomTestStringConvertible {
    case shop, listing, postgres, events, cache
    var testDescription: String { rawValue }
  }

  @Test(
    "kill -9 in the middle of 5,000 updates: nothing that was acknowledged is lost, and the listing gets there",
    arguments: Victim.allCases)
  func killed(_ victim: Victim) async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 50)
      let updates = Updates(system: system, shops: shops, count: 5000)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await updates.run() }
        try await eventually(within: .seconds(60), "2,000 updates") { updates.acknowledgedCount >= 2000 }
        try await system.kill(victim)
        try await system.start(victim)
        try await group.waitForAll()
      }
      #expect(updates.acknowledgedCount == 5000)
      try await system.agrees(on: shops, atLeast: updates.acknowledged)
    }
  }

  @Test("FLUSHALL of the cache: the read model is built again by itself", .timeLimit(.minutes(1)))
  func flushedCache() async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 300)
      try await system.agrees(on: shops)
      try await EndToEnd.ask(system.stack.cache) { _ = try await $0.send(RedisCommand("FLUSHALL")) }
      try await eventually(within: .seconds(10), "an emptied page to be noticed and filled again") {
        try await system.list("/listings?district=gangnam&limit=100").count == 100
      }
      try await system.agrees(on: shops)
    }
  }

  @Test("FLUSHALL of the events: what was on the way is published again, and the group is made again")
  func flushedEvents() async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 50)
      try await system.agrees(on: shops)
      try await system.stack.listing.kill9()
      for id in shops { try await system.owner.expect(200, "PATCH", "/shops/\(id)", #"{"name":"뒤"}"#) }
      try await EndToEnd.ask(system.stack.events) { _ = try await $0.send(RedisCommand("FLUSHALL")) }
      try await system.stack.listing.start()
      try await system.agrees(on: shops)
      let id = try await system.create()
      try await system.seen(id, version: 1)
    }
  }

  @Test("While shop is away listings go on being served; what it committed before is seen when it is back")
  func shopAway() async throws {
    try await EndToEnd.run { system in
      let shops = try await system.create(count: 5)
      try await system.agrees(on: shops)
      try await system.stack.shop.kill9()
      for _ in 0..<50 {
        #expect(try await system.anybody.get("/listings?district=gangnam").status == 200)
        #expect(try await system.anybody.get("/listings/\(shops[0])").status == 200)
      }
      #expect(try await system.anybody.get("/readyz").status == 200)
      try await system.stack.shop.start()
      try await system.owner.expect(200, "PATCH", "/shops/\(shops[0])", #"{"name":"돌아온"}"#)
      try await system.seen(shops[0], version: 2, within: .seconds(5))
    }
  }

  @Test("While the cache is away reads are 503 with Retry-After; back within 3 s of its return")
  func cacheAway() async throws {
    try await EndToEnd.run { system in
      let id = try await system.create()
      try await system.seen(id, version: 1)
      try await system.stack.cache.kill9()
      try await eventually("503") {
        let answer = try await system.anybody.get("/listings?district=mapo")
        return answer.status == 503 && answer.header("Retry-After") != nil
      }
      #expect(try await system.anybody.get("/livez").status == 200)
      try await system.stack.cache.start()
      try await system.seen(id, version: 1)
    }
  }

  @Test("10,000 changes of one shop cost at most 100 callbacks")
  func hotShop() async throws {
    try await EndToEnd.run { system in
      let id = try await system.create()
      try await system.seen(id, version: 1)
      let before = try await system.callbacks()
      let updates = Updates(system: system, shops: [id], count: 10_000)
      try await updates.run()
      try await system.agrees(on: [id], atLeast: updates.acknowledged)
      #expect(try await system.callbacks() - before <= 100)
    }
  }

  @Test("Two instances of the listing share the group, and each shows everything")
  func twoInstances() async throws {
    try await EndToEnd.run { system in
      let stack = system.stack
      let second = try await ServiceProcess(
        "shop-listing", environment: stack.environment.merging(["INSTANCE": "shop-listing-2", "SHOP_URL": stack.shop.url]) { $1 })
      let shops = try await system.create(count: 200)
      try await system.agrees(on: shops)
      for id in shops {
        #expect(try await RESTClient(second.url).get("/listings/\(id)").status == 200)
      }
      try await second.stop()
    }
  }
}

extension EndToEnd {
  fileprivate func kill(_ victim: FaultTests.Victim) async throws {
    switch victim {
    case .shop: try await stack.shop.kill9()
    case .listing: try await stack.listing.kill9()
    case .postgres: try await stack.postgres.kill9()
    case .events: try await stack.events.kill9()
    case .cache: try await stack.cache.kill9()
    }
  }

  fileprivate func start(_ victim: FaultTests.Victim) async throws {
    switch victim {
    case .shop: try await stack.shop.start()
    case .listing: try await stack.listing.start()
    case .postgres: try await stack.postgres.start()
    case .events: try await stack.events.start()
    case .cache: try await stack.cache.start()
    }
  }

  /// Waits until the listing shows of each shop what its owner service shows, which is no less than what was acknowledged.
  fileprivate func agrees(on shops: [Identifier], atLeast acknowledged: [Identifier: Int64] = [:]) async throws {
    for id in shops {
      let truth = try await owner.expect(200, "GET", "/shops/\(id)").decode(Shop.self)
      if let version = acknowledged[id] { #expect(truth.version >= version) }
      try await seen(id, version: truth.version, within: .seconds(15))
      #expect(try await anybody.get("/listings/\(id)").decode(Named.self).name == truth.name)
    }
  }

  private struct Named: Decodable { let name: String }

  /// How many requests the listing has made to shop for shops by id.
  fileprivate func callbacks() async throws -> Int {
    let metrics = try await RESTClient(stack.shop.url).get("/metrics").text
    return metrics.split(separator: "\n").reduce(0) { sum, line in
      guard line.hasPrefix("http_server_request_seconds_count"), line.contains(#"method="GET""#),
        line.contains(#"route="/shops""#)
      else { return sum }
      return sum + (line.split(separator: " ").last.flatMap { Int($0) } ?? 0)
    }
  }
}

/// Owners who change their shops and try again until each change is acknowledged.
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

  /// The highest version of each shop that was acknowledged.
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
      let answer = try await system.owner.send("PATCH", "/shops/\(id)", #"{"name":"\#(name)"}"#)
      guard answer.status == 200 else { return false }
      let version = try answer.decode(Shop.self).version
      state.withLock { state in
        state.acknowledged[id] = max(state.acknowledged[id] ?? 0, version)
        state.count += 1
      }
      return true
    }
  }
}
