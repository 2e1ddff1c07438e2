import Discovery
import Redis
import ServiceClient
import Synchronization
import TestSupport
import Testing

@Suite("Registry", .serialized)
struct RegistryTests {
  private func resolver(_ redis: RedisClient) -> RegistryResolver {
    RegistryResolver(redis: redis, interval: .milliseconds(50), logger: quietLogger)
  }

  @Test("registered instances are found, and a deregistered one is not found any more")
  func registerAndDeregister() async throws {
    let redis = try await RedisServer(.events)
    let (mine, theirs, lookup) = (redis.client(), redis.client(), redis.client())
    let resolver = resolver(lookup)
    try await running([lookup, resolver, mine, Registration("shop-1", mine) { .local(8101) }]) {
      try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      try await running([theirs, Registration("shop-2", theirs) { .local(8111) }]) {
        try await eventually { try await resolver.addresses(of: "shop") == [.local(8101), .local(8111)] }
      }
      #expect(try await lookup.hgetAll("registry:shop").keys.sorted() == ["shop-1"])
      try await eventually(within: .seconds(1)) { try await resolver.addresses(of: "shop") == [.local(8101)] }
    }
  }

  @Test("the lease of a crashed instance expires")
  func crashes() async throws {
    let redis = try await RedisServer(.events)
    let (mine, lookup) = (redis.client(), redis.client())
    let resolver = resolver(lookup)
    try await running([lookup, resolver, mine, Registration("shop-1", mine) { .local(8101) }]) {
      // The entry of an instance that registered and crashed.
      let now = try await lookup.send(.time).milliseconds()
      try await lookup.hset("registry:shop", [("shop-2", .string("\(now + 600) http://127.0.0.1:8111"))])
      try await eventually { try await resolver.addresses(of: "shop").count == 2 }
      try await eventually(within: .seconds(2)) { try await resolver.addresses(of: "shop") == [.local(8101)] }
      // Other instances remove long expired entries.
      try await eventually(within: .seconds(10)) { try await lookup.hgetAll("registry:shop").keys.sorted() == ["shop-1"] }
    }
  }

  @Test("an instance that isn't ready lets its lease expire, and registers again when it is ready")
  func unready() async throws {
    let redis = try await RedisServer(.events)
    let (mine, theirs, lookup) = (redis.client(), redis.client(), redis.client())
    let resolver = resolver(lookup)
    let isReady = Mutex(true)
    let second = Registration("shop-2", theirs) { isReady.withLock { $0 } ? .local(8111) : nil }
    try await running([lookup, resolver, mine, theirs, Registration("shop-1", mine) { .local(8101) }, second]) {
      try await eventually { try await resolver.addresses(of: "shop").count == 2 }
      isReady.withLock { $0 = false }
      try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      isReady.withLock { $0 = true }
      try await eventually { try await resolver.addresses(of: "shop").count == 2 }
    }
  }

  @Test(
    "while Redis is unavailable the last known addresses are used; after its return, even without data, instances register again")
  func redisUnavailable() async throws {
    let redis = try await RedisServer(.events)
    let (mine, lookup) = (redis.client(), redis.client())
    let resolver = resolver(lookup)
    try await running([lookup, resolver, mine, Registration("shop-1", mine) { .local(8101) }]) {
      try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      try await redis.kill9()
      let start = ContinuousClock.now
      while ContinuousClock.now - start < .seconds(1) {
        #expect(try await resolver.addresses(of: "shop") == [.local(8101)])
        try await Task.sleep(for: .milliseconds(20))
      }
      try await redis.start()
      try await eventually { try await lookup.send(RedisCommand("FLUSHALL")).string == "OK" }
      #expect(try await resolver.addresses(of: "shop") == [.local(8101)])
      try await eventually { try await !lookup.hgetAll("registry:shop").isEmpty }
      #expect(try await resolver.addresses(of: "shop") == [.local(8101)])
    }
  }

  @Test("a service without registered instances is unavailable, which is transient")
  func unknown() async throws {
    let redis = try await RedisServer(.events)
    let (mine, lookup) = (redis.client(), redis.client())
    let resolver = resolver(lookup)
    try await running([lookup, resolver, mine]) {
      let error = await #expect(throws: ServiceClientError.self) { try await resolver.addresses(of: "shop") }
      #expect(error?.isUnavailability == true)
      #expect(error?.wasSent == false)
      try await running([Registration("shop-1", mine) { .local(8101) }]) {
        try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      }
    }
  }

  @Test("an instance waits after deregistration only if there are others")
  func farewell() async throws {
    let redis = try await RedisServer(.events)
    let (mine, theirs, lookup) = (redis.client(), redis.client(), redis.client())
    try await running([lookup, mine, theirs]) {
      let alone = try await ContinuousClock().measure {
        try await running([Registration("shop-1", mine, farewell: .seconds(3)) { .local(8101) }]) {
          try await eventually { try await lookup.hgetAll("registry:shop").count == 1 }
        }
      }
      #expect(alone < .seconds(3))
      try await running([Registration("shop-1", mine, farewell: .zero) { .local(8101) }]) {
        try await eventually { try await lookup.hgetAll("registry:shop").count == 1 }
        let together = try await ContinuousClock().measure {
          try await running([Registration("shop-2", theirs, farewell: .milliseconds(700)) { .local(8111) }]) {
            try await eventually { try await lookup.hgetAll("registry:shop").count == 2 }
          }
        }
        #expect(together >= .milliseconds(700))
      }
    }
  }
}
