import Contracts
import Metrics
import Telemetry

/// Opens a session with email and password.
struct SignIn: Sendable {
  let accounts: any AccountStore
  let sessions: any SessionStore
  let passwordCheck: PasswordCheck
  private let metrics = SignInMetrics()

  /// An unknown email takes the same steps as a known one, so that neither the response nor its time reveals which emails have an account.
  /// - Parameter address: where the request came from.
  /// - Throws: ``SessionError``.
  func open(email: String, password: String, from address: String) async throws -> SessionGrant {
    do {
      let grant = try await authenticate(email: AccountRules.normalized(email: email), password: password, from: address)
      metrics.succeeded.increment()
      return grant
    } catch let error as SessionError {
      metrics.failed(error)
      throw error
    }
  }

  private func authenticate(email: String, password: String, from address: String) async throws -> SessionGrant {
    let verified = try await passwordCheck.verify(password, email: email, from: address) {
      // A malformed email has no account: no query is needed.
      AccountRules.isEmail(email) ? try await accounts.credentials(ofEmail: email) : nil
    }
    guard let account = verified else { throw SessionError.invalidCredentials }
    guard account.status == .active else { throw SessionError.suspended }
    let token = RefreshToken.random()
    guard let expiresIn = try await sessions.begin(NewSession(id: .v7(at: .now()), token: token.hash), of: account) else {
      throw SessionError.invalidCredentials
    }
    return SessionGrant(
      holder: SessionHolder(id: account.id, name: account.name, role: account.role), refreshToken: token,
      refreshExpiresIn: expiresIn)
  }
}
