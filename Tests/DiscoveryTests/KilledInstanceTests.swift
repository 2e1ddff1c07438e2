import Auth
import Discovery
import NIOPosix
import Redis
import ServiceClient
import Synchronization
import TestSupport
import Testing

@Suite("Failover between two instances", .serialized)
struct KilledInstanceTests {
  /// Two real instances of `shop`, registered.
  private struct Pair: Sendable {
    let events: RedisServer
    let shops: [ServiceProcess]

    static func start() async throws -> Pair {
      let postgres = try await PostgresServer.shared()
      let database = try await postgres.createDatabase(for: "shop")
      let events = try await RedisServer(.events)
      var shops: [ServiceProcess] = []
      for number in 1...2 {
        shops.append(
          try await ServiceProcess(
            "shop",
            environment: [
              "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
              "POSTGRES_DATABASE": database, "POSTGRES_PIPELINES": "2", "EVENTS_REDIS_PORT": "\(events.port)",
              "EVENTS_REDIS_USER": "default",
              "EVENTS_REDIS_PASSWORD": "any", "INSTANCE": "shop-\(number)",
            ]))
      }
      return Pair(events: events, shops: shops)
    }

    func stop() async throws {
      for shop in shops { try await shop.stop() }
      try await events.stop()
    }
  }

  /// Counts calls and failures.
  private final class Tally: Sendable {
    private let state = Mutex((calls: 0, failures: [(after: Duration, error: String)]()))

    var calls: Int { state.withLock { $0.calls } }
    var failures: [(after: Duration, error: String)] { state.withLock { $0.failures } }

    func ended(_ failure: (after: Duration, error: String)? = nil) {
      state.withLock { state in
        state.calls += 1
        if let failure { state.failures.append(failure) }
      }
    }
  }

  /// Eight callers without pauses for four seconds, and on a busy machine until 1,000 calls; `fault` is injected after one second.
  private func load(_ client: ServiceClient, fault: @escaping @Sendable () async throws -> Void) async throws -> Tally {
    let tally = Tally()
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<8 {
        group.addTask {
          var number = 0
          while ContinuousClock.now - start < .seconds(4) || tally.calls <= 1000 {
            number += 1
            do {
              // Never two identical requests at once, which would be coalesced.
              let response = try await client.get("/livez?\(caller)-\(number)")
              #expect(response.status == 200)
              tally.ended()
            } catch {
              tally.ended((ContinuousClock.now - start - .seconds(1), "\(error)"))
            }
          }
        }
      }
      group.addTask {
        try await Task.sleep(until: start + .seconds(1), clock: .continuous)
        try await fault()
      }
      try await group.waitForAll()
    }
    return tally
  }

  private func client(_ resolver: any ServiceResolver) -> ServiceClient {
    ServiceClient(
      service: "shop", resolver: resolver, credentials: NoCredentials(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: quietLogger)
  }

  private func check(_ tally: Tally) {
    #expect(tally.calls > 1000)
    #expect(tally.failures.count * 1000 < tally.calls, "\(tally.failures.prefix(5))")
    #expect(!tally.failures.contains { $0.after > .seconds(2) })
  }

  @Test("one of two instances is killed under load: less than 1 call in 1000 fails, and none after 2 s; it leaves the registry")
  func killed() async throws {
    let pair = try await Pair.start()
    let redis = pair.events.client()
    let resolver = RegistryResolver(redis: redis, logger: quietLogger)
    let client = client(resolver)
    try await running([redis, client]) {
      try await eventually { try await resolver.addresses(of: "shop").count == 2 }
      check(try await load(client) { try await pair.shops[0].kill9() })
      try await eventually(within: .seconds(5)) { try await resolver.addresses(of: "shop").map(\.url) == [pair.shops[1].url] }
      // After its return it gets its share of the calls.
      try await pair.shops[0].start()
      try await eventually(within: .seconds(5)) { try await resolver.addresses(of: "shop").count == 2 }
    }
    try await pair.stop()
  }

  @Test("one of two instances is stopped gracefully under load: no call fails")
  func stopped() async throws {
    let pair = try await Pair.start()
    let redis = pair.events.client()
    let client = client(RegistryResolver(redis: redis, logger: quietLogger))
    try await running([redis, client]) {
      let tally = try await load(client) { try await pair.shops[0].stop() }
      #expect(tally.failures.isEmpty, "\(tally.failures.prefix(5))")
    }
    try await pair.stop()
  }

  @Test("with static addresses instead of a registry the result is the same")
  func addresses() async throws {
    let pair = try await Pair.start()
    let addresses = try pair.shops.map { try #require(ServiceAddress($0.url)) }
    let client = client(StaticResolver(instances: ["shop": addresses]))
    try await running([client]) {
      check(try await load(client) { try await pair.shops[1].kill9() })
    }
    try await pair.stop()
  }
}
