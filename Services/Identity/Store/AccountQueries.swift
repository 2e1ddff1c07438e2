import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Accounts by id.
struct SelectAccounts: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT id, version, \(AccountDocument.account("accounts"))
    FROM accounts
    WHERE id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
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
    parameters.append(id?.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> SignInCredentials {
    SignInCredentials(
      id: try row.identifier(), email: try row.next(String.self), name: try row.next(String.self),
      role: try row.choice(AccountRole.self), status: try row.choice(AccountStatus.self), epoch: try row.next(Int64.self),
      passwordHash: try row.next(String.self))
  }
}

/// Whether there is an operator.
struct FindOperator: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT EXISTS (SELECT FROM accounts WHERE role = 'operator')"

  static func decode(_ row: inout PostgresRow) throws -> Bool {
    try row.next(Bool.self)
  }
}

/// A page of ids and versions: of all accounts, or of those with an event since a time. Accounts are never deleted.
struct SelectAccountVersions: VersionPageStatement {
  static let sql = """
    SELECT id, version, false
    FROM accounts
    \(VersionPage.sql())
    """
  let page: VersionPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// A page of accounts to republish, each with the type of event for its current state.
struct SelectRepublishSubjects: RepublishPageStatement {
  static let sql = """
    SELECT id, version, CASE status WHEN 'suspended' THEN 'account.suspended' ELSE 'account.registered' END
    FROM accounts
    \(RepublishPage.sql)
    """
  let page: RepublishPage

  static func decode(_ row: inout PostgresRow) throws -> RepublishSubject {
    RepublishSubject(
      id: try row.identifier(), version: try row.next(Int64.self), type: EventType(rawValue: try row.next(String.self)))
  }
}

/// The number of accounts that a republish request matches.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM accounts WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}

extension PostgresRow {
  /// Decodes the next column, the raw value of an enum.
  mutating func choice<Choice: RawRepresentable<String>>(_ type: Choice.Type) throws -> Choice {
    let text = try next(String.self)
    guard let choice = Choice(rawValue: text) else { throw PostgresError(.decoding, message: "\(text) is not a \(type)") }
    return choice
  }
}
