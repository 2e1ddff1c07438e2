import Contracts
import Events
import Persistence
import Postgres

/// Accounts by id.
struct SelectAccounts: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, \(AccountDocument.account("accounts"))
    FROM accounts
    WHERE id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// The fields of an account that sign-in needs, by email or by id.
struct SelectCredentials: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT id, email, name, role, status, epoch, password_hash
    FROM accounts
    WHERE email = $1 OR id = $2
    """
  var email: String?
  var id: Identifier?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(email)
    parameters.append(id)
  }

  static func decode(_ row: inout PostgresRow) throws -> SignInCredentials {
    try SignInCredentials(
      id: row.next(), email: row.next(), name: row.next(), role: row.next(), status: row.next(), epoch: row.next(),
      passwordHash: row.next())
  }
}

/// Whether there is an operator.
struct FindOperator: PostgresStatement {
  typealias Row = Bool
  static let isReadOnly = true
  static let sql = "SELECT EXISTS (SELECT FROM accounts WHERE role = 'operator')"
}

/// The accounts, which are never deleted.
enum AccountTable: AggregateTable {
  static let rows = "accounts"
  static let eventType = EventType.sql(for: "status") { (status: AccountStatus) in
    switch status {
    case .active: .accountRegistered
    case .suspended: .accountSuspended
    }
  }
}
