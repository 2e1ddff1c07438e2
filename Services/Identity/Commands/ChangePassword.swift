import Contracts
import Idempotency

/// Replaces the password of an account, which ends all its sessions.
struct ChangePassword: Sendable {
  let accounts: any AccountStore
  let passwords: any PasswordHashing
  let passwordCheck: PasswordCheck

  /// - Parameter address: where the request came from.
  /// - Throws: `AccountError.unknownAccount`, `.invalidPassword`, `.wrongPassword`, `.versionMismatch`; `SessionError.tooManyAttempts`.
  func change(from current: String, to new: String, of target: AccountTarget, at address: String) async throws -> Document {
    guard let account = try await accounts.credentials(of: target.id) else { throw AccountError.unknownAccount }
    if let error = AccountRules.error(inPassword: new, email: account.email, at: "/newPassword") {
      throw AccountError.invalidPassword(error)
    }
    let verified = try await passwordCheck.verify(current, email: account.email, from: address) { account }
    guard let verified else { throw AccountError.wrongPassword }
    // The check replaces an outdated hash, so the stored one is read again.
    let stored = try await accounts.credentials(of: verified.id) ?? verified
    guard stored.epoch == verified.epoch else { throw AccountError.wrongPassword }
    return try await accounts.changePassword(to: try await passwords.hash(new), from: stored.passwordHash, of: target)
  }
}
