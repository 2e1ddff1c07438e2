import Concurrency
import CPostgres

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A short-lived connection outside of pipeline mode, for scripts of several statements (simple query protocol).
///
/// It blocks in poll(2), so it must only be used on a dedicated thread.
final class ScriptConnection {
  private let handle: OpaquePointer

  /// Connects. Throws ``PostgresError`` (``PostgresError/Code/unavailable``).
  init(_ configuration: PostgresConfiguration) throws(PostgresError) {
    // Building an index may take long, and other instances wait for the advisory lock meanwhile.
    let options = configuration.connectionOptions(statementTimeout: .zero, lockTimeout: .zero)
    let keys: [UnsafeMutablePointer<CChar>?] = options.map { strdup($0.key) } + [nil]
    let texts: [UnsafeMutablePointer<CChar>?] = options.map { strdup($0.value) } + [nil]
    defer { for pointer in keys + texts { free(pointer) } }
    guard let handle = PQconnectStartParams(keys.map { UnsafePointer($0) }, texts.map { UnsafePointer($0) }, 0) else {
      throw PostgresError(.unavailable, message: "no memory for a connection")
    }
    self.handle = handle
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    let deadline = monotonicNanoseconds() + UInt64(configuration.connectTimeout.wholeNanoseconds)
    var status = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
    while status != PGRES_POLLING_OK {
      let isInTime =
        status != PGRES_POLLING_FAILED
        && Self.wait(for: PQsocket(handle), status == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline)
      guard isInTime else {
        let message = String(cString: PQerrorMessage(handle)).trimmingNewlines
        throw PostgresError(.unavailable, message: message.isEmpty ? "no response from PostgreSQL" : message)
      }
      status = PQconnectPoll(handle)
    }
    PQsetnonblocking(handle, 1)
  }

  deinit {
    PQfinish(handle)
  }

  /// True between a BEGIN and its COMMIT or ROLLBACK.
  var isInTransaction: Bool { PQtransactionStatus(handle) == PQTRANS_INTRANS }

  /// Runs one or more statements and returns the rows of the last, as text. Throws the first error.
  @discardableResult
  func run(_ sql: String) throws(PostgresError) -> [[String?]] {
    try check(PQsendQuery(handle, sql))
    return try results()
  }

  /// Runs one statement with parameters.
  @discardableResult
  func run(_ sql: String, _ parameters: [String]) throws(PostgresError) -> [[String?]] {
    let values: [UnsafeMutablePointer<CChar>?] = parameters.map { strdup($0) }
    defer { for pointer in values { free(pointer) } }
    try check(
      PQsendQueryParams(handle, sql, Int32(values.count), nil, values.map { UnsafePointer($0) }, nil, nil, 0))
    return try results()
  }

  private func results() throws(PostgresError) -> [[String?]] {
    var rows: [[String?]] = []
    var failure: PostgresError?
    while true {
      let unsent = PQflush(handle)
      try check(unsent < 0 ? 0 : 1)
      if PQisBusy(handle) == 1 {
        _ = Self.wait(for: PQsocket(handle), unsent == 1 ? POLLIN | POLLOUT : POLLIN, until: .max)
        try check(PQconsumeInput(handle))
        continue
      }
      guard let result = PQgetResult(handle) else { break }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK: rows = Self.text(of: result)
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: rows = []
      default: failure = failure ?? PostgresError(result: result)
      }
    }
    if let failure { throw failure }
    return rows
  }

  private func check(_ outcome: Int32) throws(PostgresError) {
    guard outcome != 1 else { return }
    throw PostgresError(.connectionLost, message: String(cString: PQerrorMessage(handle)).trimmingNewlines)
  }

  private static func text(of result: OpaquePointer) -> [[String?]] {
    (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
      }
    }
  }

  private static func wait(for descriptor: Int32, _ events: Int32, until deadline: UInt64) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
      let now = monotonicNanoseconds()
      if now >= deadline { return false }
      let milliseconds = deadline == .max ? -1 : Int32((deadline - now + 999_999) / 1_000_000)
      if poll(&entry, 1, milliseconds) > 0 { return true }
    }
  }
}
