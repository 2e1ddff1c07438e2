import Contracts
import Persistence
import Postgres

/// An authorization by its id or by the caller's reference.
struct SelectAuthorization: PostgresStatement {
  typealias Row = [UInt8]
  static let isReadOnly = true
  static let sql = """
    SELECT \(AuthorizationDocument.authorization("authorizations"))
    FROM authorizations
    WHERE id = $1 OR reference = $2
    """
  let target: OperationTarget

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
  }
}

/// The state of an authorization; read only if an operation changed nothing.
struct SelectAuthorizationState: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT status, amount, captured, refunded
    FROM authorizations
    WHERE id = $1 OR reference = $2
    """
  let target: OperationTarget

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Authorization {
    try Authorization(status: row.next(), amount: row.next(), captured: row.next(), refunded: row.next())
  }
}

/// The stored result of the operation with an idempotency key.
struct FindOperation: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT fingerprint, authorization_id, body FROM operations WHERE key = $1"
  let key: String

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(key)
  }

  static func decode(_ row: inout PostgresRow) throws -> (fingerprint: String, result: OperationResult) {
    try (row.next(), OperationResult(decoding: &row, isReplay: true))
  }
}

extension OperationTarget {
  /// Two parameters, one of them NULL: the id and the reference.
  fileprivate func bind(_ parameters: inout PostgresParameters) {
    switch self {
    case .id(let id):
      parameters.append(id)
      parameters.appendNull()
    case .reference(let reference):
      parameters.appendNull()
      parameters.append(reference)
    }
  }
}
