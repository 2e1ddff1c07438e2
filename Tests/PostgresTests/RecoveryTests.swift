import Postgres
import TestSupport
import Testing

private struct Terminate: PostgresStatement {
  static let sql = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    """
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

@Suite struct RecoveryTests {
  @Test("After kill -9 of the server callers get clear errors soon, and statements succeed within 3 s of its return")
  func killed() async throws {
    let server = try await PostgresServer()
    try await withClient(of: server, { $0.availabilityTimeout = .milliseconds(500) }) { client, server, _ in
      _ = try await client.execute(CreateThings())
      #expect(try await client.execute(InsertThing(id: 0)) == [0])
      let inFlight = Task { try await client.execute(Sleep(seconds: 4)) }
      try await eventually { try await client.execute(CountSleepers()) == [1] }
      try await server.kill9()

      #expect(try await postgresError { _ = try await inFlight.value }.code == .outcomeUnknown)
      // Until the loss of the last connection is detected a statement may still be sent on it.
      try await eventually { !client.isConnected }
      let clock = ContinuousClock()
      let start = clock.now
      let error = try await postgresError { _ = try await client.execute(InsertThing(id: 1)) }
      #expect(error.code == .unavailable)
      #expect(error.isTransient)
      #expect(clock.now - start < .seconds(1))

      try await server.start()
      let back = clock.now
      try await eventually(within: .seconds(10)) { try await client.execute(InsertThing(id: 2)) == [2] }
      #expect(clock.now - back < .seconds(3))
      try await client.withTransaction { _ = try await $0.execute(InsertThing(id: 3)) }
      #expect(try await client.execute(CountThings()) == [3])
    }
  }

  @Test("Backends terminated under load: every statement that reported success was committed, and none twice")
  func terminated() async throws {
    try await withClient { client, server, database in
      _ = try await client.execute(CreateThings())
      let succeeded = Shared<Set<Int>>([])
      let failed = Shared<[PostgresError.Code: Int]>([:])
      try await withThrowingTaskGroup { group in
        for worker in 0..<16 {
          group.addTask {
            for step in 0..<150 {
              let id = worker * 1000 + step
              do {
                _ = try await client.execute(InsertThing(id: id))
                succeeded.change { $0.insert(id) }
              } catch let error as PostgresError {
                // 23505 would mean that a write was sent twice.
                #expect(error.code == .connectionLost || error.code == .outcomeUnknown, "\(error)")
                failed.change { $0[error.code, default: 0] += 1 }
              }
            }
          }
        }
        for round in 1...5 {
          try await eventually { succeeded.value.count > round * 300 }
          try await server.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database)' AND pid <> pg_backend_pid()",
            database: database)
        }
        try await group.waitForAll()
      }
      let stored = Set(
        try await server.psql("SELECT id FROM things", database: database).split(separator: "\n").compactMap { Int($0) })
      #expect(succeeded.value.subtracting(stored) == [])
      let failures = failed.value.values.reduce(0, +)
      let successes = succeeded.value.count
      #expect(failures + successes == 16 * 150)
      // Only statements with an unknown outcome may have been committed without reporting success.
      let unreported = stored.subtracting(succeeded.value)
      #expect(unreported.count <= failed.value[.outcomeUnknown] ?? 0)
    }
  }

  @Test("A transaction whose connection is lost reports that, and is rolled back")
  func lostTransaction() async throws {
    try await withClient { client, _, _ in
      _ = try await client.execute(CreateThings())
      let error = try await postgresError {
        try await client.withTransaction { transaction in
          _ = try await transaction.execute(InsertThing(id: 1))
          _ = try? await client.execute(Terminate())
          _ = try await transaction.execute(InsertThing(id: 2))
        }
      }
      #expect(error.code == .connectionLost)
      try await eventually { try await client.execute(CountThings()) == [0] }
      try await eventually {
        try await client.withTransaction { _ = try await $0.execute(InsertThing(id: 3)) }
        return true
      }
    }
  }

  @Test("Without a server callers get an error with the reason, and draining is quick")
  func noServer() async throws {
    let configuration = PostgresConfiguration(
      host: "127.0.0.1", port: try FreePort.next(), database: "none", user: "nobody", applicationName: "tests")
    let client = PostgresClient(configuration: configuration, logger: quietLogger)
    let running = Task { try await client.run() }
    let clock = ContinuousClock()
    let start = clock.now
    let error = try await postgresError { _ = try await client.execute(CountThings()) }
    #expect(error.code == .unavailable && error.message.contains("onnection refused"), "\(error)")
    let inTransaction = try await postgresError { try await client.withTransaction { _ in } }
    #expect(inTransaction.code == .unavailable)
    running.cancel()
    try await running.value
    #expect(clock.now - start < .seconds(10))
  }

  @Test("A silent server's connection is closed soon after the statement timeout")
  func silent() async throws {
    let server = try await PostgresServer()
    try await withClient(of: server, { $0.statementTimeout = .milliseconds(200) }) { client, server, _ in
      _ = try await client.execute(Echo(number: 1))
      try server.freeze()
      let clock = ContinuousClock()
      let start = clock.now
      let error = try await postgresError { _ = try await client.execute(Echo(number: 2)) }
      #expect(error.code == .outcomeUnknown)
      #expect(clock.now - start < .seconds(4))
      try server.thaw()
      try await eventually(within: .seconds(5)) { try await client.execute(Echo(number: 3)).first?.number == 3 }
    }
  }
}

private struct CountSleepers: PostgresStatement {
  static let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}
