import Contracts
import Events
import Persistence
import Postgres

/// Inserts an account and appends its event; no row if the email is taken.
struct InsertAccount: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      INSERT INTO accounts (id, email, name, role, status, password_hash, version)
      SELECT $1, $2, $3, $4, 'active', $5, 1
      WHERE NOT ($6::boolean AND EXISTS (SELECT FROM accounts WHERE role = 'operator'))
      ON CONFLICT ON CONSTRAINT accounts_email DO NOTHING
      RETURNING *
    ), event AS (
      \(Outbox.insert(.accountRegistered, from: 7))
    )
    SELECT changed.id, changed.version, \(AccountDocument.account("changed")) FROM changed
    """
  let id: Identifier
  let account: NewAccount
  let passwordHash: String
  /// Inserts nothing if there is an operator.
  var isFirstOperator = false
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(account.email)
    parameters.append(account.name)
    parameters.append(account.role)
    parameters.append(passwordHash)
    parameters.append(isFirstOperator)
    event.bind(&parameters)
  }
}

/// Replaces the password that was verified, and increments the epoch, which ends all sessions.
struct UpdatePassword: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE accounts
      SET password_hash = $4, epoch = epoch + 1, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND password_hash = $3
      RETURNING *
    ), event AS (
      \(Outbox.insert(.accountPasswordChanged, from: 5))
    )
    SELECT changed.id, changed.version, \(AccountDocument.account("changed")) FROM changed
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
}

/// Suspends or reactivates an account; the current status changes nothing and appends no event.
struct UpdateAccountStatus: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE accounts
      SET status = $3, epoch = epoch + CASE WHEN $3 = 'suspended' THEN 1 ELSE 0 END, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version) AND status <> $3
      RETURNING *
    ), event AS (
      \(Outbox.insert(type: "$4", from: 5))
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
    parameters.append(status)
    parameters.append(status == .suspended ? EventType.accountSuspended : .accountReactivated)
    event.bind(&parameters)
  }
}

/// Stores the hash of the same password with other cost parameters, unless the password was changed concurrently.
struct UpdateHash: PostgresStatement {
  static let sql = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
  let id: Identifier
  let replaced: String
  let passwordHash: String

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(replaced)
    parameters.append(passwordHash)
  }
}

extension AccountTarget {
  /// Two parameters: the account and its expected version.
  fileprivate func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(expectedVersion)
  }
}
