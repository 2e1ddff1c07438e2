import CPostgres

/// An error of a statement, a transaction, or a migration.
public struct PostgresError: Error, Sendable, Hashable {
  /// The kind of error; more kinds may be added.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// The server rejected the statement; see ``PostgresError/sqlState``.
    public static let server = Code(description: "server")
    /// The connection was lost and the work was certainly not committed.
    public static let connectionLost = Code(description: "connectionLost")
    /// No connection, or no lease, within the configured time, or the client is shut down; nothing was sent.
    public static let unavailable = Code(description: "unavailable")
    /// Too many statements are waiting; nothing was sent.
    public static let queueFull = Code(description: "queueFull")
    /// The connection was lost after the statement or COMMIT was sent: it may have been executed, or not.
    public static let outcomeUnknown = Code(description: "outcomeUnknown")
    /// A column was NULL, missing, or of another type than the row type expects.
    public static let decoding = Code(description: "decoding")
    /// A parameter can't be represented in PostgreSQL, such as text with a NUL character; nothing was sent.
    public static let badParameter = Code(description: "badParameter")
    /// The task was cancelled; a statement that was sent already may have been executed.
    public static let cancelled = Code(description: "cancelled")
    /// A ``PostgresTransaction`` was used after its closure had returned.
    public static let transactionEnded = Code(description: "transactionEnded")
    /// The list of migrations and the database's history don't match.
    public static let migration = Code(description: "migration")
    /// The server sent something that the protocol doesn't allow at that point.
    public static let protocolViolation = Code(description: "protocolViolation")
  }

  public let code: Code
  /// The SQLSTATE of PostgreSQL's appendix A, such as `23505`; for errors of the server only.
  public let sqlState: String?
  public let message: String
  public let detail: String?
  /// The name of the constraint that was violated.
  public let constraint: String?
  /// The server ended the connection with this error.
  let isFatal: Bool

  public init(
    _ code: Code, sqlState: String? = nil, message: String, detail: String? = nil, constraint: String? = nil
  ) {
    self.init(code, sqlState: sqlState, message: message, detail: detail, constraint: constraint, isFatal: false)
  }

  init(_ code: Code, sqlState: String?, message: String, detail: String?, constraint: String?, isFatal: Bool) {
    self.code = code
    self.sqlState = sqlState
    self.message = message
    self.detail = detail
    self.constraint = constraint
    self.isFatal = isFatal
  }
}

extension PostgresError {
  /// Whether the statement may succeed when it is retried later: no connection, a full queue, or a transient server error.
  public var isTransient: Bool {
    switch code {
    case .unavailable, .queueFull, .connectionLost, .outcomeUnknown: true
    case .server:
      // Shutdown and start-up, too many connections, serialization failure, deadlock.
      ["57P01", "57P02", "57P03", "53300", "40001", "40P01"].contains(sqlState)
    default: false
    }
  }

  /// The error in a libpq result; the caller keeps ownership of the result.
  init(result: OpaquePointer?) {
    func field(_ code: Unicode.Scalar) -> String? {
      PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }
    let severity = field("V") ?? field("S")
    self.init(
      .server, sqlState: field("C"),
      message: field("M") ?? String(cString: PQresultErrorMessage(result)).trimmingNewlines,
      detail: field("D"), constraint: field("n"), isFatal: severity == "FATAL" || severity == "PANIC")
  }
}

extension PostgresError: CustomStringConvertible {
  public var description: String {
    var text = "PostgresError(\(code)"
    if let sqlState { text += " \(sqlState)" }
    text += "): \(message)"
    if let detail { text += " – \(detail)" }
    return text
  }
}

extension String {
  var trimmingNewlines: String {
    var end = self[...]
    while end.last?.isNewline == true { end.removeLast() }
    return String(end)
  }
}
