import Contracts
import TestSupport
import Testing

@Suite("Faults of shop's dependencies", .serialized)
struct FaultTests {
  @Test("Without PostgreSQL requests get 503 with Retry-After; within 3 s of its restart the service recovers by itself")
  func postgresUnavailable() async throws {
    let shop = try await ShopUnderTest.start(on: PostgresServer())
    let id = try await shop.create().id
    try await shop.postgres.kill9()
    let response = try await shop.api.get("/shops/\(id)")
    #expect(response.status == 503)
    #expect(response.header("Retry-After") == "1")
    #expect(try await shop.api.get("/livez").status == 200)
    #expect(try await shop.api.get("/readyz").status == 503)
    try await shop.postgres.start()
    try await eventually(within: .seconds(3), "recovery of the service") { try await shop.api.get("/shops/\(id)").status == 200 }
    try await shop.process.stop()
  }

  @Test("Without Redis shops can be changed and the service stays ready; the events are published after its restart")
  func redisUnavailable() async throws {
    let shop = try await ShopUnderTest.start()
    let before = try await shop.create()
    try await shop.events.kill9()
    #expect(try await shop.api.send("PATCH", "/shops/\(before.id)", #"{"name":"x"}"#).status == 200)
    try await eventually("readiness to report it") {
      let ready = try await shop.api.get("/readyz")
      return ready.status == 200 && ready.text.contains(#""name":"events","status":"down""#)
    }
    try await shop.events.start()
    try await eventually(within: .seconds(3), "an empty outbox") {
      try await shop.sql("SELECT count(*) FROM outbox WHERE published_at IS NULL") == "0"
    }
    try await shop.process.stop()
  }

  @Test("On SIGTERM the service completes the requests it accepted and exits with 0")
  func drains() async throws {
    let shop = try await ShopUnderTest.start()
    let id = try await shop.create().id
    let statuses = try await withThrowingTaskGroup(of: Int?.self) { group in
      for index in 0..<200 {
        group.addTask {
          // A connection that is refused after the listener closed is not a lost request.
          try? await shop.api.send("PATCH", "/shops/\(id)", #"{"name":"n\#(index)"}"#).status
        }
      }
      group.addTask {
        let exit = try await shop.process.stop()
        #expect(exit == .status(0))
        return nil
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let acknowledged = statuses.count { $0 == 200 }
    #expect(statuses.allSatisfy { $0 == nil || $0 == 200 || $0 == 503 })
    let version = try await shop.sql("SELECT version FROM shops WHERE id = '\(id)'")
    #expect((Int(version) ?? 0) >= acknowledged + 1)
  }

  @Test("A port in use and a missing setting each print one line and set the exit status")
  func startFailures() async throws {
    let shop = try await ShopUnderTest.shared()
    let program = "\(ServiceProcess.folder)/shop"
    var environment = [
      "POSTGRES_PORT": "\(shop.postgres.port)", "POSTGRES_USER": shop.postgres.user, "POSTGRES_PASSWORD": "any",
      "POSTGRES_DATABASE": shop.database,
      "EVENTS_REDIS_PORT": "\(shop.events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
      "HTTP_PORT": "\(shop.process.port)", "LOG_LEVEL": "critical",
    ]
    let taken = try await ChildProcess.run([program], environment: environment)
    #expect(taken.exit == .status(1))
    #expect(taken.output == "shop: the port is in use by another process; choose another with --http-port or HTTP_PORT\n")
    environment["POSTGRES_PASSWORD"] = nil
    let missing = try await ChildProcess.run([program], environment: environment)
    #expect(missing.exit == .status(78))
    #expect(missing.output == "shop: configuration: postgres.password (POSTGRES_PASSWORD) is not set\n")
  }
}
