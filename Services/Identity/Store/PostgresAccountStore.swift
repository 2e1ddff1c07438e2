import Contracts
import Events
import Persistence
import Postgres
import Telemetry

/// Accounts in PostgreSQL. Each command is one statement; its commit wakes the outbox relay.
struct PostgresAccountStore: AccountStore {
  let postgres: PostgresClient
  /// Wakes the outbox relay.
  let committed: @Sendable () -> Void

  func register(_ account: NewAccount, passwordHash: String) async throws -> Document {
    let statement = InsertAccount(id: .v7(at: .now()), account: account, passwordHash: passwordHash, event: .now())
    guard let document = try await commit(statement) else { throw AccountError.emailTaken }
    return document
  }

  func registerFirstOperator(_ account: NewAccount, passwordHash: String) async throws -> Bool {
    try await commit(
      InsertAccount(
        id: .v7(at: .now()), account: account, passwordHash: passwordHash, isFirstOperator: true, event: .now())) != nil
  }

  func hasOperator() async throws -> Bool {
    try await postgres.execute(FindOperator()).first ?? false
  }

  func changePassword(to passwordHash: String, from replaced: String, of target: AccountTarget) async throws -> Document {
    let statement = UpdatePassword(target: target, replaced: replaced, passwordHash: passwordHash, event: .now())
    if let document = try await commit(statement) { return document }
    throw try await rejection(of: target)
  }

  func setStatus(_ status: AccountStatus, of target: AccountTarget) async throws -> Document {
    if let document = try await commit(UpdateAccountStatus(target: target, status: status, event: .now())) { return document }
    throw try await rejection(of: target)
  }

  func rehash(_ passwordHash: String, from replaced: String, of id: Identifier) async throws {
    _ = try await postgres.execute(UpdateHash(id: id, replaced: replaced, passwordHash: passwordHash))
  }

  func credentials(ofEmail email: String) async throws -> SignInCredentials? {
    try await postgres.execute(SelectCredentials(email: email)).first
  }

  func credentials(of id: Identifier) async throws -> SignInCredentials? {
    try await postgres.execute(SelectCredentials(id: id)).first
  }

  func account(_ id: Identifier) async throws -> Document {
    guard let account = try await accounts([id]).first else { throw AccountError.unknownAccount }
    return account
  }

  func accounts(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectAccounts(ids: ids))
  }

  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions<AccountTable>(after: cursor, changedSince: changedSince, limit: limit))
  }

  /// Executes a guarded statement that appends an event; `nil` means that a guard rejected it.
  private func commit<S: PostgresStatement>(_ statement: S) async throws -> S.Row? {
    guard let row = try await postgres.writeGuarded(statement) else { return nil }
    committed()
    return row
  }

  /// Why a guard rejected a command.
  private func rejection(of target: AccountTarget) async throws -> AccountError {
    guard let account = try await accounts([target.id]).first else { return .unknownAccount }
    return .versionMismatch(current: account.version)
  }
}
