import Contracts
import Idempotency

/// Suspends or reactivates an account. Suspending ends all its sessions.
struct ChangeAccountStatus: Sendable {
  let accounts: any AccountStore

  /// - Throws: `AccountError.ownAccount`, `.unknownAccount`, `.versionMismatch`.
  func change(to status: AccountStatus, of target: AccountTarget, by operatorID: Identifier) async throws -> Document {
    guard operatorID != target.id else { throw AccountError.ownAccount }
    return try await accounts.setStatus(status, of: target)
  }
}
