import Postgres
import TestSupport
import Testing

private struct AllThings: PostgresStatement {
  static let sql = "SELECT * FROM things"
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

private struct AddColumn: PostgresStatement {
  static let sql = "ALTER TABLE things ADD COLUMN price bigint"
  typealias Row = Void
}

private struct CreateDeferred: PostgresStatement {
  static let sql = "CREATE TABLE links (a int, b int CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED)"
  typealias Row = Void
}

private struct InsertLink: PostgresStatement {
  static let sql = "INSERT INTO links VALUES (1, 1)"
  typealias Row = Void
}

@Suite struct PipelineTests {
  @Test("A thousand concurrent statements on two pipelines each get their own result")
  func thousand() async throws {
    try await withClient({ $0.pipelines = 2 }) { client, _, _ in
      let results = try await withThrowingTaskGroup(of: (sent: Int, received: Int, backend: Int).self) { group in
        for number in 0..<1000 {
          group.addTask {
            let row = try #require(try await client.execute(Echo(number: number)).first)
            return (number, row.number, row.backend)
          }
        }
        var all: [(sent: Int, received: Int, backend: Int)] = []
        for try await result in group { all.append(result) }
        return all
      }
      #expect(results.count == 1000)
      #expect(results.allSatisfy { $0.sent == $0.received })
      #expect(Set(results.map(\.backend)).count <= 2)
    }
  }

  @Test("Errors in the middle of a pipeline affect no other statement")
  func errorsInTheMiddle() async throws {
    try await withClient({ $0.pipelines = 1 }) { client, _, _ in
      let outcomes = await withTaskGroup(of: (Int, Result<[Int], any Error>).self) { group in
        for index in 0..<300 {
          group.addTask {
            do {
              return (index, .success(try await client.execute(DivideBy(divisor: index % 3))))
            } catch {
              return (index, .failure(error))
            }
          }
        }
        var all: [(Int, Result<[Int], any Error>)] = []
        for await outcome in group { all.append(outcome) }
        return all
      }
      for (index, outcome) in outcomes {
        switch outcome {
        case .success(let rows): #expect(index % 3 != 0 && rows == [10 / (index % 3)])
        case .failure(let error): #expect(index % 3 == 0 && (error as? PostgresError)?.sqlState == "22012")
        }
      }
    }
  }

  @Test("A violated constraint is reported by SQLSTATE and name, immediate or deferred")
  func constraints() async throws {
    try await withClient { client, _, _ in
      _ = try await client.execute(CreateThings())
      #expect(try await client.execute(InsertThing(id: 1)) == [1])
      let twice = try await postgresError { _ = try await client.execute(InsertThing(id: 1)) }
      #expect(twice.code == .server)
      #expect([twice.sqlState, twice.constraint] == ["23505", "things_pkey"])
      let long = try await postgresError { _ = try await client.execute(InsertThing(id: 2, name: "far too long")) }
      #expect([long.sqlState, long.constraint] == ["23514", "short"])

      _ = try await client.execute(CreateDeferred())
      _ = try await client.execute(InsertLink())
      let atCommit = try await postgresError { _ = try await client.execute(InsertLink()) }
      #expect([atCommit.sqlState, atCommit.constraint] == ["23505", "once"])
    }
  }

  @Test("A statement works as soon as its table has been created")
  func tableComesLater() async throws {
    try await withClient({ $0.pipelines = 1 }) { client, _, _ in
      let states = Shared<[String?]>([])
      await withTaskGroup { group in
        for index in 0..<20 {
          group.addTask {
            let error = try? await postgresError { _ = try await client.execute(InsertThing(id: index)) }
            states.change { $0.append(error?.sqlState) }
          }
        }
      }
      #expect(states.value == Array(repeating: "42P01", count: 20))
      _ = try await client.execute(CreateThings())
      #expect(try await client.execute(InsertThing(id: 1)) == [1])
    }
  }

  @Test("A table altered under a prepared statement is no error")
  func alteredTable() async throws {
    try await withClient({ $0.pipelines = 1 }) { client, _, _ in
      _ = try await client.execute(CreateThings())
      _ = try await client.execute(InsertThing(id: 5))
      #expect(try await client.execute(AllThings()) == [5])
      _ = try await client.execute(AddColumn())
      try await withThrowingTaskGroup { group in
        for _ in 0..<10 {
          group.addTask {
            let rows = try await client.execute(AllThings())
            #expect(rows == [5])
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("A cancelled task stops waiting at once, and other statements on the connection complete")
  func cancellation() async throws {
    try await withClient({ $0.pipelines = 1 }) { client, _, _ in
      _ = try await client.execute(Echo(number: 0))
      let clock = ContinuousClock()
      let start = clock.now
      let sleeping = Task { try await client.execute(Sleep(seconds: 2)) }
      let others = (1...20).map { number in Task { try await client.execute(Echo(number: number)) } }
      let unsent = Task { try await client.execute(Sleep(seconds: 30)) }
      unsent.cancel()
      sleeping.cancel()
      let error = try await postgresError { _ = try await sleeping.value }
      #expect(error.code == .cancelled)
      #expect(clock.now - start < .seconds(1))
      for (index, task) in others.enumerated() {
        #expect(try await task.value.first?.number == index + 1)
      }
    }
  }

  @Test("A full queue rejects at once, and accepts again when it has room")
  func queueFull() async throws {
    try await withClient({
      $0.pipelines = 1
      $0.pipelineDepth = 1
      $0.queueLimit = 10
    }) { client, _, _ in
      _ = try await client.execute(CreateThings())
      let refused = Shared(0)
      let completed = Shared(0)
      // The transaction's row makes the pipeline's only statement wait, and the rest queue up behind it.
      let (blocked, waiting) = try await client.withTransaction { transaction in
        _ = try await transaction.execute(InsertThing(id: 1))
        let blocked = Task { try await client.execute(InsertThing(id: 1)) }
        try await eventually { try await transaction.execute(CountBlocked()) == [1] }
        let waiting = (0..<30).map { number in
          Task {
            do {
              _ = try await client.execute(Echo(number: number))
              completed.change { $0 += 1 }
            } catch let error as PostgresError where error.code == .queueFull {
              refused.change { $0 += 1 }
            }
          }
        }
        try await eventually { refused.value == 20 }
        #expect(completed.value == 0)
        return (blocked, waiting)
      }
      #expect(try await postgresError { _ = try await blocked.value }.sqlState == "23505")
      for task in waiting { try await task.value }
      #expect(refused.value == 20)
      #expect(completed.value == 10)
      #expect(try await client.execute(Echo(number: 7)).first?.number == 7)
    }
  }

  @Test("The server's statement and lock timeouts are applied")
  func timeouts() async throws {
    try await withClient({
      $0.statementTimeout = .milliseconds(300)
      $0.lockTimeout = .milliseconds(100)
    }) { client, _, _ in
      let slow = try await postgresError { _ = try await client.execute(Sleep(seconds: 3)) }
      #expect(slow.sqlState == "57014")
      _ = try await client.execute(CreateThings())
      try await client.withTransaction { transaction in
        _ = try await transaction.execute(InsertThing(id: 1))
        let locked = try await postgresError { _ = try await client.execute(InsertThing(id: 1)) }
        #expect(locked.sqlState == "55P03")
      }
    }
  }

  @Test("Draining completes what has begun and rejects new statements")
  func drain() async throws {
    let server = try await PostgresServer.shared()
    let client = PostgresClient(configuration: server.configuration(database: "postgres"), logger: quietLogger)
    let running = Task { try await client.run() }
    _ = try await client.execute(Echo(number: 1))
    let slow = Task { try await client.execute(Sleep(seconds: 0.3)).count }
    try await eventually {
      try await server.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", database: "postgres") != "0"
    }
    running.cancel()
    try await running.value
    #expect(try await slow.value == 1)
    let error = try await postgresError { _ = try await client.execute(Echo(number: 2)) }
    #expect(error.code == .unavailable)
    #expect(!client.isConnected)
  }
}

private struct CountBlocked: PostgresStatement {
  static let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}
