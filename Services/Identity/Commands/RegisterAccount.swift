import Contracts
import Idempotency

/// Registers an account.
struct RegisterAccount: Sendable {
  let accounts: any AccountStore
  let passwords: any PasswordHashing
  let attempts: any AttemptStore
  /// The limit for one address; it may change while the service runs.
  let rate: @Sendable () -> AttemptRate

  /// - Parameter address: where the request came from; `nil` if it isn't limited.
  /// - Throws: `AccountError.emailTaken`; `SessionError.tooManyAttempts`.
  func register(_ account: NewAccount, from address: String?) async throws -> Document {
    if let address { try await attempts.count(AttemptLimit(key: "signup \(address)", rate: rate())) }
    return try await accounts.register(account, passwordHash: try await passwords.hash(account.password))
  }
}
