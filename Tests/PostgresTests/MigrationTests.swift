import Postgres
import TestSupport
import Testing

@Suite struct MigrationTests {
  private let create = PostgresMigration(
    number: 1, name: "create",
    sql: """
      CREATE TABLE cooks (id bigint PRIMARY KEY, name text);
      -- several statements; a string with a ; in it
      INSERT INTO cooks VALUES (1, 'kim; lee');
      """)
  private let add = PostgresMigration(number: 2, name: "add", sql: "ALTER TABLE cooks ADD COLUMN age int")

  @Test("Migrations are applied in order, once")
  func twice() async throws {
    try await withClient { client, server, database in
      try await client.migrate([create])
      try await client.migrate([create, add])
      try await client.migrate([add, create])
      #expect(try await server.psql("SELECT name, age FROM cooks", database: database) == "kim; lee|")
      #expect(
        try await server.psql("SELECT number, name FROM schema_migrations ORDER BY 1", database: database) == "1|create\n2|add")
    }
  }

  @Test("Each series has numbers of its own, and is applied before those that are mentioned later")
  func series() async throws {
    try await withClient { client, server, database in
      let orders = PostgresMigration(series: "orders", number: 1, name: "create_orders", sql: "CREATE TABLE orders (id int)")
      let refer = PostgresMigration(number: 3, name: "refer", sql: "ALTER TABLE orders ADD COLUMN cook bigint REFERENCES cooks")
      try await client.migrate([orders, create])
      try await client.migrate([orders, create, add, refer])
      #expect(
        try await server.psql("SELECT series, number, name FROM schema_migrations ORDER BY 1, 2", database: database)
          == "orders|1|create_orders\nservice|1|create\nservice|2|add\nservice|3|refer")
      let error = try await postgresError { try await client.migrate([create, add, refer]) }
      #expect(error.message.contains("orders: the database is newer than this program"))
    }
  }

  /// The history as earlier versions wrote it: one sequence of numbers for all migrations of a database.
  private func writeHistoryWithoutSeries(_ server: PostgresServer, _ database: String, third: String) async throws {
    _ = try await server.psql(
      """
      CREATE TABLE schema_migrations (
        number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
      INSERT INTO schema_migrations (number, name, checksum) VALUES
        (1, 'create', '7b94cca1006639bd'), (2, 'create_notes', '388dfea35092485b'), (3, 'add', '\(third)');
      CREATE TABLE cooks (id bigint PRIMARY KEY, name text, age int);
      CREATE TABLE notes (id bigint);
      """, database: database)
  }

  @Test("A history without series is recognised by names and checksums, once")
  func historyWithoutSeries() async throws {
    try await withClient { client, server, database in
      try await writeHistoryWithoutSeries(server, database, third: "e5b47d7e9bd80e53")
      let notes = PostgresMigration(series: "notes", number: 1, name: "create_notes", sql: "CREATE TABLE notes (id bigint)")
      let rename = PostgresMigration(number: 3, name: "rename", sql: "ALTER TABLE notes RENAME TO memos")
      for _ in 1...2 { try await client.migrate([notes, create, add, rename]) }
      #expect(
        try await server.psql("SELECT series, number, name FROM schema_migrations ORDER BY 1, 2", database: database)
          == "notes|1|create_notes\nservice|1|create\nservice|2|add\nservice|3|rename")
      #expect(try await server.psql("SELECT to_regclass('memos') IS NOT NULL", database: database) == "t")
    }
  }

  @Test("A history without series is rejected if a text was changed, or if the program lacks a migration")
  func historyWithoutSeriesRefusals() async throws {
    try await withClient { client, server, database in
      try await writeHistoryWithoutSeries(server, database, third: "0000000000000000")
      let notes = PostgresMigration(series: "notes", number: 1, name: "create_notes", sql: "CREATE TABLE notes (id bigint)")
      let changed = try await postgresError { try await client.migrate([notes, create, add]) }
      #expect(changed.message.contains("number 2 (add) was changed"))
      let newer = try await postgresError { try await client.migrate([create, add]) }
      #expect(newer.message.contains("newer than this program: it has migration number 2 (create_notes)"))
    }
  }

  @Test("Several instances may migrate at the same time")
  func concurrently() async throws {
    try await withClient { client, server, database in
      let slow = PostgresMigration(number: 3, name: "slow", sql: "SELECT pg_sleep(0.2); INSERT INTO cooks VALUES (2, 'park')")
      try await withThrowingTaskGroup { group in
        for _ in 0..<4 {
          let other = PostgresClient(configuration: server.configuration(database: database), logger: quietLogger)
          group.addTask { try await other.migrate([create, add, slow]) }
        }
        try await group.waitForAll()
      }
      #expect(try await server.psql("SELECT count(*) FROM cooks", database: database) == "2")
    }
  }

  @Test("A failing migration is rolled back, and those before it stay")
  func failing() async throws {
    try await withClient { client, server, database in
      let bad = PostgresMigration(
        number: 2, name: "bad", sql: "CREATE TABLE half (id int); INSERT INTO cooks VALUES (1, 'twice')")
      let error = try await postgresError { try await client.migrate([create, bad]) }
      #expect(error.sqlState == "23505")
      #expect(error.detail?.contains("(bad)") == true)
      #expect(try await server.psql("SELECT to_regclass('half') IS NULL", database: database) == "t")
      #expect(try await server.psql("SELECT number FROM schema_migrations", database: database) == "1")
      try await client.migrate([create, add])
    }
  }

  @Test("A changed text, a gap, a number used twice, a newer database, and a text with COMMIT are rejected")
  func refusals() async throws {
    try await withClient { client, _, _ in
      func message(_ migrations: [PostgresMigration]) async throws -> String {
        let error = try await postgresError { try await client.migrate(migrations) }
        #expect(error.code == .migration)
        return error.message
      }
      try await client.migrate([create, add])
      var changed = create
      changed.sql += " "
      #expect(try await message([changed, add]).contains("number 1 (create) was changed"))
      #expect(try await message([create]).contains("newer than this program"))
      #expect(try await message([create, add, .init(number: 4, name: "x", sql: "")]).contains("number 3 is missing"))
      #expect(try await message([create, add, .init(number: 2, name: "x", sql: "")]).contains("number 2 is duplicated"))
      let ends = PostgresMigration(number: 3, name: "ends", sql: "CREATE TABLE t (id int); COMMIT")
      #expect(try await message([create, add, ends]).contains("ended its own transaction"))
    }
  }

  @Test("Migrating waits for a server that is not reachable yet, but not for ever")
  func waits() async throws {
    let server = try await PostgresServer()
    try await server.createDatabase(named: "late")
    try await server.stop()
    let client = PostgresClient(configuration: server.configuration(database: "late"), logger: quietLogger)
    let error = try await postgresError { try await client.migrate([create], patience: .milliseconds(100)) }
    #expect(error.code == .unavailable)
    async let migrated: Void = client.migrate([create])
    try await server.start()
    try await migrated
    #expect(try await server.psql("SELECT count(*) FROM cooks", database: "late") == "1")
  }
}
