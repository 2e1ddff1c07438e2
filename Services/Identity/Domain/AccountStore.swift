import Contracts
import Idempotency

/// Stores accounts. A command raises the account's version and appends an event to the outbox, or changes nothing.
protocol AccountStore: Sendable {
  /// - Throws: `AccountError.emailTaken`.
  func register(_ account: NewAccount, passwordHash: String) async throws -> Document
  /// - Returns: false if there is an operator, or the email is taken.
  func registerFirstOperator(_ account: NewAccount, passwordHash: String) async throws -> Bool
  func hasOperator() async throws -> Bool
  /// Ends all sessions of the account. Changes nothing unless `replaced` is still the stored hash.
  /// - Throws: `AccountError.unknownAccount`, `.versionMismatch`.
  func changePassword(to passwordHash: String, from replaced: String, of target: AccountTarget) async throws -> Document
  /// Suspending ends all sessions of the account. Setting the current status changes nothing.
  /// - Throws: `AccountError.unknownAccount`, `.versionMismatch`.
  func setStatus(_ status: AccountStatus, of target: AccountTarget) async throws -> Document
  /// Stores the hash of the same password with other cost parameters. The version stays, and no event is published.
  func rehash(_ passwordHash: String, from replaced: String, of id: Identifier) async throws

  func credentials(ofEmail email: String) async throws -> SignInCredentials?
  func credentials(of id: Identifier) async throws -> SignInCredentials?
  /// - Throws: `AccountError.unknownAccount`.
  func account(_ id: Identifier) async throws -> Document
  func accounts(_ ids: [Identifier]) async throws -> [Document]
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]
}

/// Why a command on an account was rejected.
enum AccountError: Error, Hashable {
  case unknownAccount
  case emailTaken
  case versionMismatch(current: Int64)
  case wrongPassword
  /// The new password breaks a rule.
  case invalidPassword(FieldError)
  /// Operators can't change their own status: the last one could lock everyone out.
  case ownAccount
}
