import Postgres

/// Deletes expired sessions with their tokens, expired tokens, sessions that were ended and have no token left, and attempts that no longer
/// count. A used token stays until it expires, so that its reuse is detected.
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
