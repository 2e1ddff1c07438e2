import Contracts
import Idempotency

/// Makes accounts and changes their passwords: what needs a hash before it can be stored.
struct AccountRegistration: Sendable {
  let accounts: any AccountStore
  let passwords: any PasswordHashing
  let signIn: SignIn
  /// How many accounts may be made from one address, which may change while the service runs.
  let signUps: @Sendable () -> AttemptRate

  /// - Parameter address: where the request came from; `nil` if it isn't limited.
  /// - Throws: `AccountError.emailTaken`; `SessionError.tooManyAttempts`.
  func register(_ account: NewAccount, from address: String?) async throws -> Document {
    if let address { try await signIn.attempts.take(AttemptLimit(key: "signup \(address)", rate: signUps())) }
    return try await accounts.register(account, passwordHash: try await passwords.hash(account.password))
  }

  /// Makes the operator who is there from the beginning, unless there is one.
  func registerFirstOperator(_ account: NewAccount) async throws -> Bool {
    if try await accounts.hasOperator() { return false }
    return try await accounts.registerFirstOperator(account, passwordHash: try await passwords.hash(account.password))
  }

  /// - Parameter validate: refuses a new password that the account can't have.
  /// - Throws: `AccountError.unknownAccount`, `.wrongPassword`, `.versionMismatch`; `SessionError.tooManyAttempts`; what `validate` throws.
  func changePassword(
    from current: String, to new: String, of target: AccountTarget, at address: String,
    validate: (SignInCredentials) throws -> Void
  ) async throws -> Document {
    guard let account = try await accounts.credentials(of: target.id) else { throw AccountError.unknownAccount }
    try validate(account)
    guard let confirmed = try await signIn.confirm(current, of: account, from: address) else { throw AccountError.wrongPassword }
    // An outdated hash was replaced just now.
    let stored = try await accounts.credentials(of: confirmed.id) ?? confirmed
    guard stored.epoch == confirmed.epoch else { throw AccountError.wrongPassword }
    return try await accounts.changePassword(
      to: try await passwords.hash(new), from: stored.passwordHash, of: target)
  }
}
