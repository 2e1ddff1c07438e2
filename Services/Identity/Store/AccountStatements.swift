import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Inserts an account and appends its event; no row if the email is taken.
struct InsertAccount: PostgresStatement {
  static let sql = """
    WITH account AS (
      INSERT INTO accounts (id, email, name, role, status, password_hash, version)
      SELECT $1, $2, $3, $4, 'active', $5, 1
      WHERE NOT ($6::boolean AND EXISTS (SELECT FROM accounts WHERE role = 'operator'))
      ON CONFLICT ON CONSTRAINT accounts_email DO NOTHING
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $7, 'account.registered', account.id, account.version, $8 FROM account
    )
    SELECT account.id, account.version, \(AccountDocument.account("account")) FROM account
    """
  let id: Identifier
  let account: NewAccount
  let passwordHash: String
  /// Inserts nothing if there is an operator.
  var isFirstOperator = false
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(account.email)
    parameters.append(account.name)
    parameters.append(account.role.rawValue)
    parameters.append(passwordHash)
    parameters.append(isFirstOperator)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Replaces the password that was verified, and increments the epoch, which ends all sessions.
struct UpdatePassword: PostgresStatement {
  static let sql = """
    WITH account AS (
      UPDATE accounts
      SET password_hash = $4, epoch = epoch + 1, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND password_hash = $3
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $5, 'account.passwordChanged', account.id, account.version, $6 FROM account
    )
    SELECT account.id, account.version, \(AccountDocument.account("account")) FROM account
    """
  let target: AccountTarget
  let replaced: String
  let passwordHash: String
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(replaced)
    parameters.append(passwordHash)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Suspends or reactivates an account; the current status changes nothing and appends no event.
struct UpdateAccountStatus: PostgresStatement {
  static let sql = """
    WITH changed AS (
      UPDATE accounts
      SET status = $3, epoch = epoch + CASE WHEN $3 = 'suspended' THEN 1 ELSE 0 END, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND status <> $3
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $4, CASE changed.status WHEN 'suspended' THEN 'account.suspended' ELSE 'account.reactivated' END,
        changed.id, changed.version, $5
      FROM changed
    ), account AS (
      SELECT * FROM changed
      UNION ALL
      SELECT * FROM accounts
      WHERE id = $1 AND version = coalesce($2, version) AND status = $3 AND NOT EXISTS (SELECT FROM changed)
    )
    SELECT account.id, account.version, \(AccountDocument.account("account")) FROM account
    """
  let target: AccountTarget
  let status: AccountStatus
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    target.bind(&parameters)
    parameters.append(status.rawValue)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Stores the hash of the same password with other cost parameters, unless the password was changed concurrently.
struct UpdateHash: PostgresStatement {
  typealias Row = Void

  static let sql = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
  let id: Identifier
  let replaced: String
  let passwordHash: String

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(replaced)
    parameters.append(passwordHash)
  }
}

extension AccountTarget {
  /// Two parameters: the account and its expected version.
  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(expectedVersion)
  }
}
