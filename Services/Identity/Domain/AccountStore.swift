import Contracts
import Idempotency

/// Where accounts are kept. A change raises the account's version and leaves an event, or does nothing at all.
protocol AccountStore: Sendable {
  /// - Throws: `AccountError.emailTaken`.
  func register(_ account: NewAccount, passwordHash: String) async throws -> Document
  /// Makes the first operator; false if there is one, or the email is taken.
  func registerFirstOperator(_ account: NewAccount, passwordHash: String) async throws -> Bool
  func hasOperator() async throws -> Bool
  /// Ends every session of the account. Nothing happens unless the password is still the one that `replaced` is the hash of.
  /// - Throws: `AccountError.unknownAccount`, `.versionMismatch`.
  func changePassword(to passwordHash: String, from replaced: String, of target: AccountTarget) async throws -> Document
  /// Suspending ends every session of the account; the status that it has already changes nothing.
  /// - Throws: `AccountError.unknownAccount`, `.versionMismatch`.
  func setStatus(_ status: AccountStatus, of target: AccountTarget) async throws -> Document
  /// Keeps the same password under another cost; no change that anybody sees.
  func rehash(_ passwordHash: String, from replaced: String, of id: Identifier) async throws

  func credentials(ofEmail email: String) async throws -> SignInCredentials?
  func credentials(of id: Identifier) async throws -> SignInCredentials?
  /// - Throws: `AccountError.unknownAccount`.
  func account(_ id: Identifier) async throws -> Document
  func accounts(_ ids: [Identifier]) async throws -> [Document]
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]
}

/// Why a command on an account was not carried out.
enum AccountError: Error, Hashable {
  case unknownAccount
  case emailTaken
  case versionMismatch(current: Int64)
  case wrongPassword
  /// Operators can't suspend themselves: nobody might be left to undo it.
  case ownAccount
}
