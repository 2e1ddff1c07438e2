import TestSupport

/// One `__name__` process with its database and Redis server, for all tests of this target.
struct __Service__UnderTest: Sendable {
  let postgres: PostgresServer
  let events: RedisServer
  let process: ServiceProcess

  var `operator`: RESTClient {
    RESTClient(process.url, principal: "operator:0197a6b2-0000-7000-8000-000000000009")
  }
  var customer: RESTClient { `operator`.acting(as: "customer:0197a6b2-0000-7000-8000-000000000001") }
  /// A query service that fetches what changed.
  var service: RESTClient { `operator`.acting(as: "service:0197a6b2-0000-7000-8000-000000000008") }

  static func start() async throws -> __Service__UnderTest {
    let postgres = try await PostgresServer.shared()
    let database = try await postgres.createDatabase(for: "__database__")
    let events = try await RedisServer(.events)
    let process = try await ServiceProcess(
      "__name__",
      environment: [
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
        "POSTGRES_DATABASE": database, "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default",
        "EVENTS_REDIS_PASSWORD": "any", "INSTANCE": "__name__-1",
      ])
    return __Service__UnderTest(postgres: postgres, events: events, process: process)
  }

  private static let one = Task { try await start() }

  static func shared() async throws -> __Service__UnderTest {
    try requireServers()
    return try await one.value
  }
}
