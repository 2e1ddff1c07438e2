import Postgres
import TestSupport
import Testing

private struct Backend: PostgresStatement {
  static let sql = "SELECT pg_backend_pid()"
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

private struct OwnTrouble: Error {}

@Suite struct TransactionTests {
  @Test("A transaction that returns is committed, and is invisible to others before")
  func commit() async throws {
    try await withClient { client, _, _ in
      _ = try await client.execute(CreateThings())
      let value = try await client.withTransaction { transaction in
        _ = try await transaction.execute(InsertThing(id: 1))
        _ = try await transaction.execute(InsertThing(id: 2))
        #expect(try await transaction.execute(CountThings()) == [2])
        #expect(try await client.execute(CountThings()) == [0])
        return "done"
      }
      #expect(value == "done")
      #expect(try await client.execute(CountThings()) == [2])
    }
  }

  @Test("A transaction that throws is rolled back, and its connection is reused")
  func rollback() async throws {
    try await withClient({ $0.leases = 1 }) { client, _, _ in
      _ = try await client.execute(CreateThings())
      await #expect(throws: OwnTrouble.self) {
        try await client.withTransaction { transaction in
          _ = try await transaction.execute(InsertThing(id: 1))
          throw OwnTrouble()
        }
      }
      #expect(try await client.execute(CountThings()) == [0])
      let first = try await client.withTransaction { try await $0.execute(Backend()) }
      let second = try await client.withTransaction { try await $0.execute(Backend()) }
      #expect(first == second)
    }
  }

  @Test("An ignored failure of a statement makes COMMIT an error, not a silent rollback")
  func overlookedFailure() async throws {
    try await withClient { client, _, _ in
      _ = try await client.execute(CreateThings())
      let error = try await postgresError {
        try await client.withTransaction { transaction in
          _ = try await transaction.execute(InsertThing(id: 1))
          _ = try? await transaction.execute(InsertThing(id: 1))
        }
      }
      #expect(error.sqlState == "25P02")
      #expect(try await client.execute(CountThings()) == [0])
    }
  }

  @Test("Statements of a transaction may be sent concurrently")
  func pipelined() async throws {
    try await withClient { client, _, _ in
      _ = try await client.execute(CreateThings())
      try await client.withTransaction { transaction in
        try await withThrowingTaskGroup { group in
          for id in 0..<100 { group.addTask { _ = try await transaction.execute(InsertThing(id: id)) } }
          try await group.waitForAll()
        }
        #expect(try await client.execute(CountThings()) == [0])
      }
      #expect(try await client.execute(CountThings()) == [100])
    }
  }

  @Test("Transactions wait for a lease, and get a clear error after the timeout")
  func leases() async throws {
    try await withClient({
      $0.leases = 2
      $0.leaseTimeout = .seconds(2)
    }) { client, _, _ in
      _ = try await client.execute(CreateThings())
      try await withThrowingTaskGroup { group in
        for id in 0..<30 {
          group.addTask { try await client.withTransaction { _ = try await $0.execute(InsertThing(id: id)) } }
        }
        try await group.waitForAll()
      }
      #expect(try await client.execute(CountThings()) == [30])
      try await client.withTransaction { _ in
        try await client.withTransaction { _ in
          let error = try await postgresError { try await client.withTransaction { _ in } }
          #expect(error.code == .unavailable)
        }
      }
    }
  }

  @Test("A cancelled transaction is rolled back, and one cancelled while it waits leaves the queue")
  func cancellation() async throws {
    try await withClient({ $0.leases = 1 }) { client, server, database in
      _ = try await client.execute(CreateThings())
      let inserted = Shared(false)
      let task = Task {
        try await client.withTransaction { transaction in
          _ = try await transaction.execute(InsertThing(id: 1))
          inserted.change { $0 = true }
          _ = try await transaction.execute(Sleep(seconds: 0.5))
        }
      }
      try await eventually { inserted.value }
      let waiting = Task { try await client.withTransaction { _ in } }
      waiting.cancel()
      #expect(try await postgresError { try await waiting.value }.code == .cancelled)
      task.cancel()
      #expect(try await postgresError { try await task.value }.code == .cancelled)
      #expect(try await client.execute(CountThings()) == [0])
      try await client.withTransaction { _ = try await $0.execute(InsertThing(id: 2)) }
      #expect(try await server.psql("SELECT id FROM things", database: database) == "2")
    }
  }

  @Test("Using a transaction after its end is an error")
  func escaped() async throws {
    try await withClient { client, _, _ in
      let escaped = try await client.withTransaction { $0 }
      let error = try await postgresError { _ = try await escaped.execute(Backend()) }
      #expect(error.code == .connectionLost || error.code == .transactionEnded)
    }
  }
}
