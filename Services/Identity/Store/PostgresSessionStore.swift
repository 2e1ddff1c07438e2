import Persistence
import Postgres

/// The lifetimes of sessions and of their refresh tokens.
struct SessionLifetimes: Sendable {
  /// Independent of how often the session is refreshed.
  let session: Duration
  /// Of an unused refresh token.
  let token: Duration
}

/// Sessions in PostgreSQL.
struct PostgresSessionStore: SessionStore {
  let postgres: PostgresClient
  let lifetimes: SessionLifetimes

  func begin(_ session: NewSession, of account: SignInCredentials) async throws -> Int64? {
    try await postgres.execute(InsertSession(session: session, account: account, lifetimes: lifetimes)).first
  }

  func rotate(_ used: TokenHash, to next: TokenHash) async throws -> Rotation {
    let rotation = RotateToken(used: used, next: next, lifetimes: lifetimes)
    if let rotated = try await postgres.writeGuarded(rotation) { return rotated }
    return try await postgres.execute(EndReusedSession(token: used)).first ?? .invalid
  }

  func end(_ token: TokenHash) async throws {
    _ = try await postgres.execute(EndSession(token: token))
  }
}
