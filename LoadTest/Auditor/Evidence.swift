import Contracts
import LoadClient
import Logging
import NIOPosix
import Postgres
import Redis

/// All that an audit may look at: every database, both Redis, and what the simulator noted.
struct Evidence: Sendable {
  private let databases: [Database: PostgresClient]
  let events: RedisClient
  let cache: RedisClient
  /// The services that are asked by REST.
  let services: Services
  /// In whose name they are asked.
  let `operator`: Person
  let journal: Journal
  let facts = DatabaseFacts()

  /// Opens everything for the length of `body`.
  static func with<Result: Sendable>(
    _ addresses: Addresses, journal: String, _ body: @escaping @Sendable (Evidence) async throws -> Result
  ) async throws -> Result {
    var logger = Logger(label: "auditor")
    logger.logLevel = .error
    let loops = MultiThreadedEventLoopGroup.singleton
    let databases = Dictionary(
      uniqueKeysWithValues: Database.all.map {
        ($0, PostgresClient(configuration: addresses.postgres($0), logger: logger))
      })
    let events = RedisClient(configuration: addresses.events, eventLoopGroup: loops, logger: logger)
    let cache = RedisClient(configuration: addresses.cache, eventLoopGroup: loops, logger: logger)
    return try await HTTPConnections.with(limit: 16) { connections in
      let evidence = Evidence(
        databases: databases, events: events, cache: cache, services: Services(addresses.urls, connections),
        operator: try await People(addresses.urls, connections).operator(), journal: try Journal(path: journal))
      return try await withThrowingTaskGroup(of: Void.self) { group in
        for database in databases.values { group.addTask { try await database.run() } }
        group.addTask { try await events.run() }
        group.addTask { try await cache.run() }
        defer { group.cancelAll() }
        return try await body(evidence)
      }
    }
  }

  /// Asks one database something.
  func ask<Question: PostgresStatement>(_ question: Question, of database: Database) async throws -> [Question.Row] {
    guard let client = databases[database] else { return [] }
    return try await client.execute(question)
  }

  /// A finding of a question that counts what it looked at and names the violations.
  func find<Question: ViolationQuery>(_ question: Question, in database: Database) async throws -> Finding {
    var finding = Finding()
    for (checked, violation) in try await ask(question, of: database) {
      finding.checked = checked
      if let violation { finding.violations.append(violation) }
    }
    return finding
  }
}

/// SQL that looks at everything of a kind: the first column of each row is how many, the second names an violation; one row with NULL for
/// a name when there is none.
protocol ViolationQuery: PostgresStatement where Row == (Int, String?) {
}

extension ViolationQuery {
  static var isReadOnly: Bool { true }

  static func decode(_ row: inout PostgresRow) throws -> (Int, String?) {
    (try row.next(Int.self), try row.next(String?.self))
  }
}
