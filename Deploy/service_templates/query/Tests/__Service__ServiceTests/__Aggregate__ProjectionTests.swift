import Contracts
import Logging
import NIOPosix
import Projections
import Redis
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

  @Test("It answers operators only, is ready, and has the operations that its OpenAPI document describes")
  func service() async throws {
    let (events, cache) = (try await RedisServer(.events), try await RedisServer(.cache))
    let process = try await ServiceProcess(
      "__name__",
      environment: [
        "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
        "CACHE_REDIS_PORT": "\(cache.port)", "CACHE_REDIS_USER": "default", "CACHE_REDIS_PASSWORD": "any",
        "AUTH_CLIENT_SECRET": "any", "INSTANCE": "__name__-1",
      ])
    defer { withExtendedLifetime(process) {} }
    let path = "/__paths__/\(Self.id)"
    let anybody = RESTClient(process.url)
    #expect(try await anybody.get(path).status == 401)
    #expect(try await anybody.acting(as: "customer:\(Self.id)").get(path).status == 403)
    #expect(try await anybody.acting(as: "operator:\(Self.id)").get(path).status == 404)
    // The owner of the __wordsPlural__ doesn't run here, so the read model can't be built; the rest of the report is there.
    let readiness = try await anybody.get("/readyz").text
    for check in ["cache", "events", "read model", "__source__"] { #expect(readiness.contains(#""name":"\#(check)""#)) }
    for (operation, status) in try await SharedOperations.statuses(askedBy: anybody) {
      let described = try await anybody.get("/openapi.yaml").text.contains("  \(operation.split(separator: " ")[1]):\n")
      #expect(status == (described ? 401 : 404), "\(operation)")
    }
  }
}
