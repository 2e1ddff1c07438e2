import Contracts

/// Verifies a password within the limits for sign-in attempts.
struct PasswordCheck: Sendable {
  let accounts: any AccountStore
  let attempts: any AttemptStore
  let passwords: any PasswordHashing
  /// Evaluated at each attempt: the limits may change while the service runs.
  let limits: @Sendable () -> SignInLimits

  /// An unknown email takes the same steps as a known one.
  /// - Parameters:
  ///   - address: where the request came from.
  ///   - find: loads the account; `nil` if there is none.
  /// - Returns: the account as it was when its password was verified; `nil` if there is none or the password is wrong.
  /// - Throws: `SessionError.tooManyAttempts`.
  func verify(
    _ password: String, email: String, from address: String, find: () async throws -> SignInCredentials?
  ) async throws -> SignInCredentials? {
    let attempt = limits().attempt(onEmail: email, from: address)
    let counted = try await attempts.count(attempt)
    let found: SignInCredentials?
    let verdict: PasswordVerdict
    do {
      found = try await find()
      verdict = try await passwords.verify(password, against: found?.passwordHash)
    } catch {
      // The password was not verified, so the attempt doesn't count.
      try? await attempts.refund(attempt, counted, trustsAddress: false)
      throw error
    }
    guard let account = found, verdict != .wrong else { return nil }
    try await attempts.refund(attempt, counted, trustsAddress: true)
    if verdict == .outdated { await rehash(password, of: account) }
    return account
  }

  /// A failure is ignored: the next sign-in tries again.
  private func rehash(_ password: String, of account: SignInCredentials) async {
    guard let hash = try? await passwords.hash(password) else { return }
    try? await accounts.rehash(hash, from: account.passwordHash, of: account.id)
  }
}
