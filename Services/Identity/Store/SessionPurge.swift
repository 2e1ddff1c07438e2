import Concurrency
import Logging
import Postgres
import ServiceLifecycle

/// Forgets what has ended: sessions, refresh tokens, and attempts that count no more; a batch at a time.
struct SessionPurge: Service {
  let postgres: PostgresClient
  let logger: Logger

  func run() async throws {
    try await PeriodicJob("remove ended sessions", every: .seconds(60), logger: logger, batches: purge).run()
  }

  /// Returns how many rows were forgotten.
  func purge() async throws -> Int {
    try await postgres.execute(PurgeEnded(limit: 1000)).first ?? 0
  }
}

/// A session goes with its tokens, one that was ended with the last of them; a used token stays until it would have expired, so that a
/// second use is seen.
struct PurgeEnded: PostgresStatement {
  static let sql = """
    WITH sessions_gone AS (
      DELETE FROM sessions
      WHERE id IN (SELECT id FROM sessions WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING 1
    ), tokens_gone AS (
      DELETE FROM refresh_tokens
      WHERE hash IN (
        SELECT hash FROM refresh_tokens
        WHERE expires_at < now() AND session_id IN (SELECT id FROM sessions WHERE expires_at >= now())
        ORDER BY expires_at
        LIMIT $1
        FOR UPDATE SKIP LOCKED)
      RETURNING session_id
    ), ended_gone AS (
      DELETE FROM sessions
      WHERE id IN (
        SELECT id FROM sessions
        WHERE id IN (SELECT session_id FROM tokens_gone) AND ended_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM refresh_tokens WHERE session_id = sessions.id AND expires_at >= now())
        FOR UPDATE SKIP LOCKED)
      RETURNING 1
    ), attempts_gone AS (
      DELETE FROM attempts
      WHERE key IN (
        SELECT key FROM attempts
        WHERE arrival < now() AND coalesce(trusted_until < now(), true)
        LIMIT $1
        FOR UPDATE SKIP LOCKED)
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM sessions_gone) + (SELECT count(*) FROM ended_gone) + (SELECT count(*) FROM tokens_gone)
      + (SELECT count(*) FROM attempts_gone)
    """
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int {
    try row.next(Int.self)
  }
}
