import Contracts

/// A refresh token, of which the store knows the SHA-256 only.
struct TokenHash: Hashable, Sendable {
  /// 32 bytes.
  let bytes: [UInt8]
}

/// Where sessions are kept: one for each sign-in, with the refresh tokens that follow one another in it.
///
/// A session belongs to an epoch of its account. Whatever ends all sessions of an account raises the epoch, and does so for those
/// too that are beginning at the same moment.
protocol SessionStore: Sendable {
  /// Begins a session and says in how many seconds its token expires; `nil` if the account is not active any more, or its epoch
  /// has passed.
  func begin(_ session: NewSession, of account: SignInCredentials) async throws -> Int64?
  /// Exchanges a token for the next one. Of any number of requests with one token at most one gets `.rotated`.
  func rotate(_ used: TokenHash, to next: TokenHash) async throws -> Rotation
  /// Ends the session that a token belongs to; nothing happens if there is none.
  func end(_ token: TokenHash) async throws
}

struct NewSession: Sendable {
  let id: Identifier
  let token: TokenHash
}

/// Who a session is for.
struct SessionHolder: Hashable, Sendable {
  let id: Identifier
  let name: String
  let role: AccountRole
}

/// What became of an attempt to use a refresh token.
enum Rotation: Hashable, Sendable {
  /// The next token lasts for as many seconds.
  case rotated(SessionHolder, expiresIn: Int64)
  /// It was used before, by its owner or by a thief: the session is over. `isFirst` for the use that ended it.
  case reused(session: Identifier, isFirst: Bool)
  /// Nobody's, or of a session that is over.
  case invalid
}

/// Why nobody was let in.
enum SessionError: Error, Hashable {
  /// No such account, or another password; not even the time it takes tells which.
  case invalidCredentials
  /// The password is right, and the account is suspended.
  case suspended
  case invalidToken
  case reusedToken
  case tooManyAttempts(retryAfterSeconds: Int)
}
