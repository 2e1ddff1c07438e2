import Contracts
import Events
import Logging
import NIOPosix
import Projections
import Redis
import Telemetry
import TestSupport
import Testing

@testable import __Service__Service

@Suite("The read model of the __name__ service")
struct __Aggregate__ProjectionTests {
  private static let id = Identifier("0197a6b2-0000-7000-8000-000000000001")!

  private func withReadModel(
    _ body: @escaping @Sendable (__Aggregate__ReadModel) async throws -> Void
  ) async throws {
    let server = try await RedisServer(.cache)
    let redis = RedisClient(
      configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "tests"))
    try await running([redis]) { try await body(__Aggregate__ReadModel(redis: redis)) }
  }

  @Test("A tombstone is kept with its version; older states don't come back, newer ones do")
  func tombstones() async throws {
    try await withReadModel { readModel in
      #expect(try await readModel.read(Self.id) == nil)
      #expect(try await readModel.heldVersions(of: [Self.id]) == [nil])
      try await readModel.write([.gone(Tombstone(id: Self.id, version: 3))])
      try await readModel.write([.gone(Tombstone(id: Self.id, version: 2))])
      #expect(try await readModel.heldVersions(of: [Self.id]) == [3])
      #expect(try await readModel.read(Self.id) == .deleted)
    }
  }

  @Test("An event leads to a fetch from the owner; a deleted __words__ answers 410 to operators, and nothing to others")
  func projection() async throws {
    try await withService { owner, events, service in
      let path = "/__paths__/\(Self.id)"
      let `operator` = service.acting(as: "operator:\(Self.id)")
      #expect(try await service.get(path).status == 401)
      #expect(try await service.acting(as: "customer:\(Self.id)").get(path).status == 403)
      #expect(try await `operator`.get(path).status == 404)

      owner.delete(Self.id, version: 3)
      let event = Event(
        id: .v7(at: .now()), source: "/__source__", type: EventType(rawValue: "__aggregate__.changed"), subject: Self.id,
        time: .now(), sequence: 3, traceparent: nil)
      try await events.xadd("events:__source__", event.streamFields)
      try await eventually(within: .seconds(10), "the tombstone") { try await `operator`.get(path).status == 410 }
    }
  }

  @Test("It is ready once the read model is built")
  func readiness() async throws {
    try await withService { _, _, service in
      let readiness = try await service.get("/readyz")
      #expect(readiness.status == 200)
      for check in ["cache", "events", "read model", "__source__"] {
        #expect(readiness.text.contains(#""name":"\#(check)""#), "\(check)")
      }
    }
  }

  /// Runs the service with a fake of the owner while `body` runs, which is given the owner, Redis `events`, and a client without a token.
  private func withService(
    _ body: @escaping @Sendable (FakeOwner<__Aggregate__>, RedisClient, RESTClient) async throws -> Void
  ) async throws {
    let (events, cache) = (try await RedisServer(.events), try await RedisServer(.cache))
    let redis = RedisClient(
      configuration: events.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "tests"))
    let owner = FakeOwner<__Aggregate__>("__source__", "/__paths__")
    try await running([redis]) {
      try await owner.listening { url in
        let process = try await ServiceProcess(
          "__name__",
          environment: [
            "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
            "CACHE_REDIS_PORT": "\(cache.port)", "CACHE_REDIS_USER": "default", "CACHE_REDIS_PASSWORD": "any",
            "__SOURCE___URL": url, "INSTANCE": "__name__-1",
          ])
        try await body(owner, redis, RESTClient(process.url))
        try await process.stop()
      }
    }
  }
}
