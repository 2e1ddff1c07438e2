import Auth
import Contracts
import HTTPTypes
import NIOCore
import NIOPosix
import Redis
import ServiceLifecycle
import TestSupport
import Testing
import Web

@testable import GatewayService

@Suite("The rate limit")
struct RateLimitTests {
  private static let slow = RateRule(perSecond: 1, burst: 20)

  /// Two gateways' limiters on one Redis.
  private func withLimiters(
    _ body: @escaping @Sendable (RateLimiter, RateLimiter, RedisServer) async throws -> Void
  ) async throws {
    let server = try await RedisServer(.cache)
    let group = MultiThreadedEventLoopGroup.singleton
    let clients = (0..<2).map { _ in
      RedisClient(configuration: server.configuration, eventLoopGroup: group, logger: quietLogger)
    }
    try await running(clients) {
      try await eventually("both connections") { clients.allSatisfy(\.isConnected) }
      try await body(
        RateLimiter(redis: clients[0], logger: quietLogger), RateLimiter(redis: clients[1], logger: quietLogger), server)
    }
  }

  @Test("A bucket is refilled at its rate, up to its burst")
  func bucket() {
    let rule = RateRule(perSecond: 10, burst: 5)
    var bucket = TokenBucket(rule, at: 1000)
    #expect(bucket.take(9, rule, at: 1000) == 5)
    #expect(bucket.take(1, rule, at: 1099) == 0)
    #expect((1...2).contains(bucket.wait(rule)))
    #expect(bucket.take(1, rule, at: 1100) == 1)
    #expect(bucket.take(9, rule, at: 1350) == 2)
    #expect(bucket.take(9, rule, at: 60_000) == 5)
    #expect(bucket.take(1, rule, at: 50_000) == 0)
    #expect(bucket.refill(rule) == 500)
  }

  @Test("Concurrent requests at two gateways never get more tokens than the bucket holds")
  func atomic() async throws {
    try await withLimiters { one, other, _ in
      let start = ContinuousClock.now
      let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<400 {
          group.addTask { await (number.isMultiple(of: 2) ? one : other).take(.address("a"), Self.slow).isAllowed }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      let seconds = Int((ContinuousClock.now - start).components.seconds)
      #expect(allowed >= 10)
      #expect(allowed <= 20 + seconds + 1)
    }
  }

  @Test("Callers have separate buckets, and a rejection has Retry-After")
  func verdicts() async throws {
    try await withLimiters { limiter, _, _ in
      let first = await limiter.take(.principal(.sample), Self.slow)
      #expect(first.isAllowed && first.fields[.rateLimitLimit] == "20")
      var verdict = first
      for _ in 0..<40 { verdict = await limiter.take(.principal(.sample), Self.slow) }
      #expect(!verdict.isAllowed && verdict.remaining == 0)
      #expect(verdict.problem.status.code == 429)
      #expect(verdict.problem.headers[.retryAfter] == "1")
      #expect(await limiter.take(.principal(.other), Self.slow).isAllowed)
    }
  }

  @Test("While Redis is unavailable each gateway limits locally, without delay")
  func redisUnavailable() async throws {
    try await withLimiters { limiter, _, server in
      #expect(await limiter.take(.address("a"), Self.slow).isAllowed)
      try await server.kill9()
      let start = ContinuousClock.now
      var allowed = 0
      for _ in 0..<60 { allowed += await limiter.take(.address("b"), Self.slow).isAllowed ? 1 : 0 }
      #expect((19...22).contains(allowed))
      #expect(ContinuousClock.now - start < .seconds(2))
      try await server.start()
      try await eventually("the bucket in Redis") {
        let reply = try await ChildProcess.run(["redis-cli", "-p", "\(server.port)", "EXISTS", "ratelimit:address:c"])
        _ = await limiter.take(.address("c"), Self.slow)
        return reply.output.contains("1")
      }
    }
  }

  @Test("Responses have RateLimit fields; above the limit they are 429 and no service is called")
  func overHTTP() async throws {
    let server = try await RedisServer(.cache)
    let redis = RedisClient(
      configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
    try await running([redis]) {
      try await eventually("the connection") { redis.isConnected }
      var configuration = GatewayConfiguration.testing
      configuration.policy.principal = RateRule(perSecond: 1, burst: 5)
      try await withGateway(configuration, redis: redis) { gateway, upstream in
        // On a busy machine the bucket is refilled meanwhile.
        var responses: [RESTAnswer] = []
        while responses.count < 100, responses.count(where: { $0.status == 429 }) < 5 {
          responses.append(try await gateway.client.get("/order/orders/x", headers: try await bearer(.customer)))
        }
        #expect(responses[0].header("RateLimit-Limit") == "5")
        #expect(responses[0].header("RateLimit-Remaining") == "4")
        #expect(responses[0].header("RateLimit-Reset") != nil)
        let rejected = responses.filter { $0.status == 429 }
        #expect(rejected.count == 5)
        #expect(rejected.allSatisfy { $0.header("Retry-After") != nil && $0.code == "too_many_requests" })
        #expect(upstream.requests.count == responses.count { $0.status == 200 })
        #expect(try await gateway.client.get("/order/orders/x", headers: try await bearer(.customer, .other)).status == 200)
      }
    }
  }
}
