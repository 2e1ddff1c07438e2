import Failpoints
import Postgres

/// How long sessions and their refresh tokens last.
struct SessionLifetimes: Sendable {
  /// However often it is refreshed.
  let session: Duration
  /// A refresh token, until it is used.
  let token: Duration
}

/// Sessions in PostgreSQL, one statement for each step.
struct PostgresSessionStore: SessionStore {
  let postgres: PostgresClient
  let lifetimes: SessionLifetimes

  func begin(_ session: NewSession, of account: SignInCredentials) async throws -> Int64? {
    try await postgres.execute(InsertSession(session: session, account: account, lifetimes: lifetimes)).first
  }

  func rotate(_ used: TokenHash, to next: TokenHash) async throws -> Rotation {
    Failpoint.beforeCommit.reach()
    if let rotated = try await postgres.execute(RotateToken(used: used, next: next, lifetimes: lifetimes)).first {
      Failpoint.afterCommit.reach()
      return rotated
    }
    return try await postgres.execute(EndReusedSession(token: used)).first ?? .invalid
  }

  func end(_ token: TokenHash) async throws {
    _ = try await postgres.execute(EndSession(token: token))
  }
}
