import Contracts

/// Hashes passwords, slowly on purpose.
protocol PasswordHashing: Sendable {
  /// - Throws: an error that means "not now" if too many are waiting.
  func hash(_ password: String) async throws -> String
  /// Takes the same time whether there is a hash to compare with or not.
  func verify(_ password: String, against hash: String?) async throws -> PasswordVerdict
}

enum PasswordVerdict: Hashable, Sendable {
  case wrong, right
  /// Right, but hashed at another cost than passwords are now.
  case outdated
}

/// Lets people in by email and password.
struct SignIn: Sendable {
  let accounts: any AccountStore
  let sessions: any SessionStore
  let attempts: any AttemptStore
  let passwords: any PasswordHashing
  /// They may change while the service runs.
  let limits: @Sendable () -> SignInLimits

  /// Begins a session. Unknown emails take the way of known ones, step for step.
  /// - Returns: who came in, and in how many seconds the session's token expires.
  /// - Throws: ``SessionError``.
  func open(
    _ session: NewSession, email: String, password: String, from address: String
  ) async throws -> (holder: SessionHolder, expiresIn: Int64) {
    let email = AccountRules.normalized(email: email)
    // Nobody has what is no email, and the database needn't hear of it.
    let confirmed = try await check(password, email: email, from: address) {
      AccountRules.isEmail(email) ? try await accounts.credentials(ofEmail: email) : nil
    }
    guard let account = confirmed else { throw SessionError.invalidCredentials }
    guard account.status == .active else { throw SessionError.suspended }
    guard let expiresIn = try await sessions.begin(session, of: account) else { throw SessionError.invalidCredentials }
    return (SessionHolder(id: account.id, name: account.name, role: account.role), expiresIn)
  }

  /// The same password check for who is signed in already, and is about to change it.
  /// - Returns: the account as it was when its password was looked at; `nil` if that is another.
  /// - Throws: ``SessionError``.
  func confirm(_ password: String, of account: SignInCredentials, from address: String) async throws -> SignInCredentials? {
    try await check(password, email: account.email, from: address) { account }
  }

  private func check(
    _ password: String, email: String, from address: String, _ find: () async throws -> SignInCredentials?
  ) async throws -> SignInCredentials? {
    let attempt = limits().attempt(onEmail: email, from: address)
    let taken = try await attempts.take(attempt)
    let found: SignInCredentials?
    let verdict: PasswordVerdict
    do {
      found = try await find()
      verdict = try await passwords.verify(password, against: found?.passwordHash)
    } catch {
      // Nothing was learnt about the password, so it was no attempt.
      try? await attempts.giveBack(attempt, taken, isRight: false)
      throw error
    }
    guard let account = found, verdict != .wrong else { return nil }
    try await attempts.giveBack(attempt, taken, isRight: true)
    if verdict == .outdated { await rehash(password, of: account) }
    return account
  }

  /// What fails here is done at the next sign-in.
  private func rehash(_ password: String, of account: SignInCredentials) async {
    guard let hash = try? await passwords.hash(password) else { return }
    try? await accounts.rehash(hash, from: account.passwordHash, of: account.id)
  }
}
