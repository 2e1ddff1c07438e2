import Contracts

/// The SHA-256 of a refresh token; the token itself is not stored.
struct TokenHash: Hashable, Sendable {
  /// 32 bytes.
  let bytes: [UInt8]
}

/// Stores sessions: one for each sign-in, with the chain of refresh tokens that followed from it.
///
/// A session belongs to an epoch of its account. Ending all sessions of an account increments the epoch, which also covers sessions that
/// begin concurrently.
protocol SessionStore: Sendable {
  /// Begins a session.
  /// - Returns: the seconds until its token expires; `nil` if the account is no longer active, or its epoch has changed.
  func begin(_ session: NewSession, of account: SignInCredentials) async throws -> Int64?
  /// Exchanges a token for the next one. Of concurrent requests with one token at most one gets `.rotated`.
  func rotate(_ used: TokenHash, to next: TokenHash) async throws -> Rotation
  /// Ends the session of a token; does nothing if there is none.
  func end(_ token: TokenHash) async throws
}

struct NewSession: Sendable {
  let id: Identifier
  let token: TokenHash
}

/// The account that a session belongs to.
struct SessionHolder: Hashable, Sendable {
  let id: Identifier
  let name: String
  let role: AccountRole
}

/// The result of using a refresh token.
enum Rotation: Hashable, Sendable {
  /// `expiresIn` is the lifetime of the next token, in seconds.
  case rotated(SessionHolder, expiresIn: Int64)
  /// The token was used before, so the session has ended. `isFirst` for the use that ended it.
  case reused(session: Identifier, isFirst: Bool)
  /// The token is unknown or expired, or its session has ended.
  case invalid
}

/// Why a session was not opened or refreshed.
enum SessionError: Error, Hashable {
  /// An unknown email or a wrong password; neither the response nor its time reveals which.
  case invalidCredentials
  /// The password is right, and the account is suspended.
  case suspended
  case invalidToken
  case reusedToken
  case tooManyAttempts(retryAfterSeconds: Int)
}
