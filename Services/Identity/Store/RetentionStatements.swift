import Postgres

/// Deletes expired sessions with their tokens, expired tokens, sessions that were ended and have no token left, and attempts that no longer
/// count. A used token stays until it expires, so that its reuse is detected.
struct PurgeEnded: PostgresStatement {
  typealias Row = Int
  static let sql = """
    WITH deleted_sessions AS (
      DELETE FROM sessions
      WHERE id IN (SELECT id FROM sessions WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING 1
    ), deleted_tokens AS (
      DELETE FROM refresh_tokens
      WHERE hash IN (
        SELECT hash FROM refresh_tokens
        WHERE expires_at < now() AND session_id IN (SELECT id FROM sessions WHERE expires_at >= now())
        ORDER BY expires_at
        LIMIT $1
        FOR UPDATE SKIP LOCKED)
      RETURNING session_id
    ), deleted_ended_sessions AS (
      DELETE FROM sessions
      WHERE id IN (
        SELECT id FROM sessions
        WHERE id IN (SELECT session_id FROM deleted_tokens) AND ended_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM refresh_tokens WHERE session_id = sessions.id AND expires_at >= now())
        FOR UPDATE SKIP LOCKED)
      RETURNING 1
    ), deleted_attempts AS (
      DELETE FROM attempts
      WHERE key IN (
        SELECT key FROM attempts
        WHERE arrival < now() AND coalesce(trusted_until < now(), true)
        LIMIT $1
        FOR UPDATE SKIP LOCKED)
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM deleted_sessions) + (SELECT count(*) FROM deleted_ended_sessions) + (SELECT count(*) FROM deleted_tokens)
      + (SELECT count(*) FROM deleted_attempts)
    """
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limit)
  }
}
