import Metrics
import Synchronization

/// A statement's text, numbered so that connections can track by its number what they have prepared.
final class RegisteredStatement: Sendable {
  let number: Int
  /// SQL text as a C string.
  let sql: ContiguousArray<CChar>
  let isReadOnly: Bool
  let timer: Metrics.Timer

  init(number: Int, label: String, sql: String, isReadOnly: Bool) {
    self.number = number
    self.sql = ContiguousArray(sql.utf8CString)
    self.isReadOnly = isReadOnly
    timer = Metrics.Timer(label: "postgres_statement_seconds", dimensions: [("statement", label)])
  }
}

/// The statements that a client has executed so far; bounded by the number of statement types.
final class StatementRegistry: Sendable {
  let begin = RegisteredStatement(number: 0, label: "BEGIN", sql: "BEGIN", isReadOnly: false)
  let commit = RegisteredStatement(number: 1, label: "COMMIT", sql: "COMMIT", isReadOnly: false)
  let rollback = RegisteredStatement(number: 2, label: "ROLLBACK", sql: "ROLLBACK", isReadOnly: false)

  private let statements = Mutex<[ObjectIdentifier: RegisteredStatement]>([:])

  func statement<S: PostgresStatement>(_ type: S.Type) -> RegisteredStatement {
    statements.withLock { statements in
      if let known = statements[ObjectIdentifier(type)] { return known }
      let new = RegisteredStatement(
        number: statements.count + 3, label: "\(type)", sql: type.sql, isReadOnly: type.isReadOnly)
      statements[ObjectIdentifier(type)] = new
      return new
    }
  }
}
