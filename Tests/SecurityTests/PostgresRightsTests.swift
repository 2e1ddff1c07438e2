import TestSupport
import Testing

/// Tests the permissions of each service's role by attempts, on databases created by the stack's scripts.
@Suite("Permissions in PostgreSQL")
struct PostgresRightsTests {
  @Test("A role owns its database, cannot connect to another, and cannot create roles or databases")
  func roles() async throws {
    try await withDatabases { server, databases in
      for role in databases {
        #expect(try await error(server, role, role, "CREATE TABLE things (id int)") == nil)
        for other in databases + ["postgres", "template1"] where other != role {
          let error = try await error(server, role, other, "SELECT 1")
          #expect(error?.contains("permission denied for database") == true, "\(role) in \(other)")
        }
        for statement in [
          "CREATE ROLE another", "CREATE DATABASE another", "ALTER ROLE \"\(role)\" SUPERUSER", "SET ROLE baedal",
          "SET ROLE auditor", "GRANT auditor TO \"\(role)\"", "SELECT pg_read_file('/etc/passwd')",
          "COPY things TO PROGRAM 'true'", "COPY things FROM '/etc/passwd'", "SELECT rolpassword FROM pg_authid",
          "ALTER SYSTEM SET fsync = off", "CREATE EXTENSION file_fdw",
        ] {
          #expect(try await error(server, role, role, statement) != nil, "\(role): \(statement)")
        }
      }
    }
  }

  @Test("The auditor reads every table, of identity only granted ones, and cannot write, even in a read-write transaction")
  func auditor() async throws {
    try await withDatabases { server, databases in
      for database in databases {
        try await server.psql("CREATE TABLE things (id int)", database: database, as: database)
        let isRead = try await error(server, "auditor", database, "SELECT * FROM things") == nil
        #expect(isRead == (database != "identity"), "\(database)")
        for statement in ["INSERT INTO things VALUES (1)", "DROP TABLE things", "CREATE TABLE more (id int)"] {
          #expect(try await error(server, "auditor", database, statement)?.contains("read-only transaction") == true)
          let readWrite = "BEGIN READ WRITE; \(statement); COMMIT"
          #expect(try await error(server, "auditor", database, readWrite) != nil, "\(statement) in \(database)")
        }
        #expect(try await server.psql("SELECT count(*) FROM things", database: database) == "0")
      }
      for sql in ["CREATE TABLE accounts (id int)", "CREATE TABLE outbox (id int)", "GRANT SELECT ON outbox TO PUBLIC"] {
        try await server.psql(sql, database: "identity", as: "identity")
      }
      #expect(try await error(server, "auditor", "identity", "SELECT * FROM outbox") == nil)
      let accountsError = try await error(server, "auditor", "identity", "SELECT * FROM accounts")
      #expect(accountsError?.contains("permission denied for table accounts") == true)
    }
  }

  @Test("Statements that set passwords are not logged, even if they are slow")
  func logs() async throws {
    try await withDatabases { server, databases in
      #expect(server.log.contains("duration: "))
      for role in databases + ["auditor"] { #expect(!server.log.contains("one of \(role)"), "\(role)") }
    }
  }

  @Test("Passwords are stored as SCRAM, and a role without grants cannot connect")
  func roleWithoutGrants() async throws {
    try await withDatabases { server, databases in
      let secrets = try await server.psql(
        "SELECT count(*) FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%'", database: "postgres")
      #expect(secrets == "\(databases.count + 1)")
      try await server.psql("CREATE ROLE stranger LOGIN", database: "postgres")
      for database in databases + ["postgres", "template1"] {
        #expect(try await error(server, "stranger", database, "SELECT 1")?.contains("permission denied for database") == true)
      }
    }
  }

  /// Runs `body` with a server that has the roles and databases of the stack.
  private func withDatabases(_ body: (PostgresServer, [String]) async throws -> Void) async throws {
    let listed = try await ChildProcess.run([
      "bash", "-c", "source \(OpenAPIFiles.repository)/Deploy/services.sh && echo ${databases[@]}",
    ])
    let databases = listed.output.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(Set(databases).isSuperset(of: ["shop", "order", "payment", "rider", "review", "payment_provider"]))
    let server = try await PostgresServer()
    // Logs every statement of the superuser as slow.
    try await server.psql("ALTER ROLE \(server.user) SET log_min_duration_statement = 0", database: "postgres")
    try await server.psql(
      file: "\(OpenAPIFiles.repository)/Deploy/postgres/auditor-role.sql", environment: ["PASSWORD": "one of auditor"])
    for database in databases {
      try await server.psql(
        file: "\(OpenAPIFiles.repository)/Deploy/postgres/service-database.sql", variables: ["service": database],
        environment: ["PASSWORD": "one of \(database)"])
    }
    try await body(server, databases)
    try await server.stop()
  }

  /// The server's error for a statement; `nil` if the statement succeeds.
  private func error(_ server: PostgresServer, _ role: String, _ database: String, _ sql: String) async throws -> String? {
    do {
      try await server.psql(sql, database: database, as: role)
      return nil
    } catch let failure as ServerFailure {
      return failure.output
    }
  }
}
