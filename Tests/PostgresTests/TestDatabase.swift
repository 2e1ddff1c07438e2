import Logging
import Postgres
import Synchronization
import TestSupport

/// Runs `body` with a client of a new, empty database; the client is drained afterwards.
func withClient<R: Sendable>(
  of server: PostgresServer? = nil,
  _ change: (inout PostgresConfiguration) -> Void = { _ in },
  _ body: (PostgresClient, PostgresServer, String) async throws -> R
) async throws -> R {
  let shared = try await PostgresServer.shared()
  let server = server ?? shared
  let database = try await server.createDatabase(for: "test")
  var configuration = server.configuration(database: database)
  configuration.pipelines = 4
  // Many tests connect at the same time, on a busy machine.
  configuration.availabilityTimeout = .seconds(5)
  change(&configuration)
  let client = PostgresClient(configuration: configuration, logger: quietLogger)
  let running = Task { try await client.run() }
  let result: Result<R, any Error>
  do {
    try await eventually(within: .seconds(20), "a connection") { client.isConnected }
    result = .success(try await body(client, server, database))
  } catch {
    result = .failure(error)
  }
  running.cancel()
  try await running.value
  return try result.get()
}

var quietLogger: Logger {
  var logger = Logger(label: "tests")
  logger.logLevel = .critical
  return logger
}

/// The error that `body` throws; fails by throwing if it throws none or another.
func postgresError(_ body: () async throws -> Void) async throws -> PostgresError {
  do {
    try await body()
  } catch let error as PostgresError {
    return error
  }
  throw NoError()
}

struct NoError: Error {}

// MARK: Statements of several tests

struct CreateThings: PostgresStatement {
  static let sql = "CREATE TABLE things (id bigint PRIMARY KEY, name text NOT NULL CONSTRAINT short CHECK (length(name) < 10))"
  typealias Row = Void
}

struct InsertThing: PostgresStatement {
  static let sql = """
    INSERT INTO things (id, name) VALUES ($1, $2) RETURNING id
    """
  let id: Int
  var name = "thing"

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(name)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

struct CountThings: PostgresStatement {
  static let sql = "SELECT count(*) FROM things"
  static let isReadOnly = true
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

struct Echo: PostgresStatement {
  static let sql = "SELECT $1::bigint, pg_backend_pid()"
  let number: Int
  func bind(_ parameters: inout PostgresParameters) { parameters.append(number) }
  static func decode(_ row: inout PostgresRow) throws -> (number: Int, backend: Int) {
    (try row.next(Int.self), try row.next(Int.self))
  }
}

struct Sleep: PostgresStatement {
  static let sql = "SELECT pg_sleep($1)"
  typealias Row = Void
  let seconds: Double
  func bind(_ parameters: inout PostgresParameters) { parameters.append(seconds) }
}

struct DivideBy: PostgresStatement {
  static let sql = "SELECT 10 / $1::int"
  let divisor: Int
  func bind(_ parameters: inout PostgresParameters) { parameters.append(divisor) }
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

/// A value that several tasks of a test change.
final class Shared<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  var value: Value { mutex.withLock { $0 } }

  func change(_ body: (inout Value) -> Void) { mutex.withLock { body(&$0) } }
}
