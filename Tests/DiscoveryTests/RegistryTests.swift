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

  @Test("instances that register are found, and one that leaves is not found any more")
  func comesAndGoes() async throws {
    let redis = try await RedisServer(.events)
    let (mine, theirs, asking) = (redis.client(), redis.client(), redis.client())
    let resolver = resolver(asking)
    try await running([asking, resolver, mine, Registration("shop-1", mine) { .local(8101) }]) {
      try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      try await running([theirs, Registration("shop-2", theirs) { .local(8111) }]) {
        try await eventually { try await resolver.addresses(of: "shop") == [.local(8101), .local(8111)] }
      }
      #expect(try await asking.hgetAll("registry:shop").keys.sorted() == ["shop-1"])
      try await eventually(within: .milliseconds(500)) { try await resolver.addresses(of: "shop") == [.local(8101)] }
    }
  }

  @Test("the lease of an instance that dies ends by itself")
  func dies() async throws {
    let redis = try await RedisServer(.events)
    let (mine, asking) = (redis.client(), redis.client())
    let resolver = resolver(asking)
    try await running([asking, resolver, mine, Registration("shop-1", mine) { .local(8101) }]) {
      // All that there is of one that registered and died.
      let now = try await asking.send(.time).milliseconds()
      try await asking.hset("registry:shop", [("shop-2", .string("\(now + 600) http://127.0.0.1:8111"))])
      try await eventually { try await resolver.addresses(of: "shop").count == 2 }
      try await eventually(within: .seconds(2)) { try await resolver.addresses(of: "shop") == [.local(8101)] }
      // What died long ago is swept up by those who live.
      try await eventually(within: .seconds(10)) { try await asking.hgetAll("registry:shop").keys.sorted() == ["shop-1"] }
    }
  }

  @Test("an instance that can't be given work lets its lease end, and comes back when it can")
  func unready() async throws {
    let redis = try await RedisServer(.events)
    let (mine, theirs, asking) = (redis.client(), redis.client(), redis.client())
    let resolver = resolver(asking)
    let isReady = Mutex(true)
    let second = Registration("shop-2", theirs) { isReady.withLock { $0 } ? .local(8111) : nil }
    try await running([asking, resolver, mine, theirs, Registration("shop-1", mine) { .local(8101) }, second]) {
      try await eventually { try await resolver.addresses(of: "shop").count == 2 }
      isReady.withLock { $0 = false }
      try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      isReady.withLock { $0 = true }
      try await eventually { try await resolver.addresses(of: "shop").count == 2 }
    }
  }

  @Test("while Redis is away the last known addresses are given; when it is back, also without its data, all is as before")
  func redisAway() async throws {
    let redis = try await RedisServer(.events)
    let (mine, asking) = (redis.client(), redis.client())
    let resolver = resolver(asking)
    try await running([asking, resolver, mine, Registration("shop-1", mine) { .local(8101) }]) {
      try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      try await redis.kill9()
      let start = ContinuousClock.now
      while ContinuousClock.now - start < .seconds(1) {
        #expect(try await resolver.addresses(of: "shop") == [.local(8101)])
        try await Task.sleep(for: .milliseconds(20))
      }
      try await redis.start()
      try await eventually { try await asking.send(RedisCommand("FLUSHALL")).string == "OK" }
      #expect(try await resolver.addresses(of: "shop") == [.local(8101)])
      try await eventually { try await !asking.hgetAll("registry:shop").isEmpty }
      #expect(try await resolver.addresses(of: "shop") == [.local(8101)])
    }
  }

  @Test("a service that nobody has registered is unavailable, which may pass")
  func unknown() async throws {
    let redis = try await RedisServer(.events)
    let (mine, asking) = (redis.client(), redis.client())
    let resolver = resolver(asking)
    try await running([asking, resolver, mine]) {
      let error = await #expect(throws: ServiceClientError.self) { try await resolver.addresses(of: "shop") }
      #expect(error?.isUnavailability == true)
      #expect(error?.wasSent == false)
      try await running([Registration("shop-1", mine) { .local(8101) }]) {
        try await eventually { try await resolver.addresses(of: "shop") == [.local(8101)] }
      }
    }
  }

  @Test("who has nobody to leave the work to doesn't stay; who has, stays until others have heard")
  func farewell() async throws {
    let redis = try await RedisServer(.events)
    let (mine, theirs, asking) = (redis.client(), redis.client(), redis.client())
    try await running([asking, mine, theirs]) {
      let alone = try await ContinuousClock().measure {
        try await running([Registration("shop-1", mine, farewell: .seconds(3)) { .local(8101) }]) {
          try await eventually { try await asking.hgetAll("registry:shop").count == 1 }
        }
      }
      #expect(alone < .seconds(3))
      try await running([Registration("shop-1", mine, farewell: .zero) { .local(8101) }]) {
        try await eventually { try await asking.hgetAll("registry:shop").count == 1 }
        let together = try await ContinuousClock().measure {
          try await running([Registration("shop-2", theirs, farewell: .milliseconds(700)) { .local(8111) }]) {
            try await eventually { try await asking.hgetAll("registry:shop").count == 2 }
          }
        }
        #expect(together >= .milliseconds(700))
      }
    }
  }
}
