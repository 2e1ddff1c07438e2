import TestSupport
import Testing

/// What each service's role may do in PostgreSQL, by trying, with the scripts that make the stack's databases.
@Suite("The rights of services in PostgreSQL")
struct PostgresRightsTests {
  @Test("A role owns its own database, reaches no other, and can make neither roles nor databases")
  func roles() async throws {
    try await withDatabases { server, databases in
      for role in databases {
        #expect(try await refusal(server, role, role, "CREATE TABLE things (id int)") == nil)
        for other in databases + ["postgres", "template1"] where other != role {
          let refusal = try await refusal(server, role, other, "SELECT 1")
          #expect(refusal?.contains("permission denied for database") == true, "\(role) in \(other)")
        }
        for statement in [
          "CREATE ROLE another", "CREATE DATABASE another", "ALTER ROLE \"\(role)\" SUPERUSER", "SET ROLE baedal",
          "SET ROLE auditor", "GRANT auditor TO \"\(role)\"", "SELECT pg_read_file('/etc/passwd')",
          "COPY things TO PROGRAM 'true'", "COPY things FROM '/etc/passwd'", "SELECT rolpassword FROM pg_authid",
          "ALTER SYSTEM SET fsync = off", "CREATE EXTENSION file_fdw",
        ] {
          #expect(try await refusal(server, role, role, statement) != nil, "\(role): \(statement)")
        }
      }
    }
  }

  @Test("The auditor reads every table, but of identity only what is shown to it, and writes none, whatever it sets")
  func auditor() async throws {
    try await withDatabases { server, databases in
      for database in databases {
        try await server.psql("CREATE TABLE things (id int)", database: database, as: database)
        let isRead = try await refusal(server, "auditor", database, "SELECT * FROM things") == nil
        #expect(isRead == (database != "identity"), "\(database)")
        for statement in ["INSERT INTO things VALUES (1)", "DROP TABLE things", "CREATE TABLE more (id int)"] {
          #expect(try await refusal(server, "auditor", database, statement)?.contains("read-only transaction") == true)
          let insisting = "BEGIN READ WRITE; \(statement); COMMIT"
          #expect(try await refusal(server, "auditor", database, insisting) != nil, "\(statement) in \(database)")
        }
        #expect(try await server.psql("SELECT count(*) FROM things", database: database) == "0")
      }
      for sql in ["CREATE TABLE accounts (id int)", "CREATE TABLE outbox (id int)", "GRANT SELECT ON outbox TO PUBLIC"] {
        try await server.psql(sql, database: "identity", as: "identity")
      }
      #expect(try await refusal(server, "auditor", "identity", "SELECT * FROM outbox") == nil)
      let ofAccounts = try await refusal(server, "auditor", "identity", "SELECT * FROM accounts")
      #expect(ofAccounts?.contains("permission denied for table accounts") == true)
    }
  }

  @Test("Passwords come into no log, however slow the statements are that set them")
  func logs() async throws {
    try await withDatabases { server, databases in
      #expect(server.log.contains("duration: "))
      for role in databases + ["auditor"] { #expect(!server.log.contains("one of \(role)"), "\(role)") }
    }
  }

  @Test("Passwords are kept as SCRAM, and a role that nobody granted anything gets nowhere")
  func strangers() async throws {
    try await withDatabases { server, databases in
      let secrets = try await server.psql(
        "SELECT count(*) FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%'", database: "postgres")
      #expect(secrets == "\(databases.count + 1)")
      try await server.psql("CREATE ROLE stranger LOGIN", database: "postgres")
      for database in databases + ["postgres", "template1"] {
        #expect(try await refusal(server, "stranger", database, "SELECT 1")?.contains("permission denied for database") == true)
      }
    }
  }

  /// A server with the roles and databases of the stack.
  private func withDatabases(_ body: (PostgresServer, [String]) async throws -> Void) async throws {
    let listed = try await ChildProcess.run([
      "bash", "-c", "source \(OpenAPIFiles.repository)/Deploy/services.sh && echo ${databases[@]}",
    ])
    let databases = listed.output.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(Set(databases).isSuperset(of: ["shop", "order", "payment", "rider", "review", "payment_provider"]))
    let server = try await PostgresServer()
    // Every statement of the superuser is slow enough for the log.
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

  /// What the server says against a statement; `nil` if it carries it out.
  private func refusal(_ server: PostgresServer, _ role: String, _ database: String, _ sql: String) async throws -> String? {
    do {
      try await server.psql(sql, database: database, as: role)
      return nil
    } catch let failure as ServerFailure {
      return failure.output
    }
  }
}
