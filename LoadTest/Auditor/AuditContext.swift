import Contracts
import LoadClient
import Logging
import NIOPosix
import Postgres
import Redis

/// The sources of an audit: every database, both Redis servers, the services' APIs, and the simulator's journal.
struct AuditContext: Sendable {
  private let databases: [Database: PostgresClient]
  let events: RedisClient
  let cache: RedisClient
  /// Clients of the services.
  let services: Services
  /// The caller of the services.
  let `operator`: UserSession
  let journal: JournalReader
  let facts = DatabaseFacts()

  /// Opens all connections while `body` runs.
  static func with<Result: Sendable>(
    _ configuration: AuditConfiguration, journal: String, _ body: @escaping @Sendable (AuditContext) async throws -> Result
  ) async throws -> Result {
    var logger = Logger(label: "auditor")
    logger.logLevel = .error
    let loops = MultiThreadedEventLoopGroup.singleton
    let databases = Dictionary(
      uniqueKeysWithValues: Database.all.map {
        ($0, PostgresClient(configuration: configuration.postgres($0), logger: logger))
      })
    let events = RedisClient(configuration: configuration.events, eventLoopGroup: loops, logger: logger)
    let cache = RedisClient(configuration: configuration.cache, eventLoopGroup: loops, logger: logger)
    return try await HTTPConnections.with(limit: 16) { connections in
      let context = AuditContext(
        databases: databases, events: events, cache: cache, services: Services(configuration.urls, connections),
        operator: try await AccountPool(configuration.urls, connections).operator(), journal: try JournalReader(path: journal))
      return try await withThrowingTaskGroup(of: Void.self) { group in
        for database in databases.values { group.addTask { try await database.run() } }
        group.addTask { try await events.run() }
        group.addTask { try await cache.run() }
        defer { group.cancelAll() }
        return try await body(context)
      }
    }
  }

  /// Runs a query in one database.
  func query<Statement: PostgresStatement>(_ statement: Statement, of database: Database) async throws -> [Statement.Row] {
    guard let client = databases[database] else { return [] }
    return try await client.execute(statement)
  }

  /// Runs a query that counts the checked rows and describes the violations.
  func findViolations<Statement: ViolationQuery>(_ statement: Statement, in database: Database) async throws -> Finding {
    var finding = Finding()
    for (checked, violation) in try await query(statement, of: database) {
      finding.checked = checked
      if let violation { finding.violations.append(violation) }
    }
    return finding
  }
}

/// A query of violations: the first column of each row is the number of checked rows, the second describes a violation; one row with
/// NULL if there is none.
protocol ViolationQuery: PostgresStatement where Row == (Int, String?) {
}

extension ViolationQuery {
  static var isReadOnly: Bool { true }

  static func decode(_ row: inout PostgresRow) throws -> (Int, String?) {
    (try row.next(Int.self), try row.next(String?.self))
  }
}
