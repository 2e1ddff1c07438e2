import CPostgres
import Dispatch

/// Runs SQL on a connection of its own, without the cost of a `psql` process.
struct SQLScript: Sendable {
  let port: Int
  let database: String
  let user: String

  /// Runs statements by the simple query protocol; returns all rows, one a line, the columns separated by `|`, without blank lines.
  ///
  /// - Throws: ``ServerFailure``.
  func run(_ sql: String) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      // libpq blocks, so that it needs a thread outside of Swift's pool.
      DispatchQueue(label: "sql").async { continuation.resume(with: Result { try runBlocking(sql) }) }
    }
  }

  private func runBlocking(_ sql: String) throws -> String {
    let connection = PQconnectdb("host=127.0.0.1 port=\(port) dbname='\(database)' user='\(user)'")
    defer { PQfinish(connection) }
    func failure() -> ServerFailure { ServerFailure(what: sql, output: String(cString: PQerrorMessage(connection))) }
    guard PQstatus(connection) == CONNECTION_OK else { throw failure() }
    PQsetNoticeProcessor(connection, { _, _ in }, nil)
    guard PQsendQuery(connection, sql) == 1 else { throw failure() }
    var rows: [String] = []
    while let result = PQgetResult(connection) {
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK: rows += (0..<PQntuples(result)).map { Self.row($0, of: result) }
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
      default: throw failure()
      }
    }
    return rows.joined(separator: "\n").split(separator: "\n").joined(separator: "\n")
  }

  private static func row(_ row: Int32, of result: OpaquePointer) -> String {
    (0..<PQnfields(result)).map { String(cString: PQgetvalue(result, row, $0)) }.joined(separator: "|")
  }
}
