import Concurrency
import Contracts
import Persistence
import Postgres

/// Inserts a session with its first token; no row if the account's epoch has changed since the password was read.
struct InsertSession: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH session AS (
      INSERT INTO sessions (id, account_id, epoch, expires_at)
      SELECT $1, id, epoch, now() + $4::bigint * interval '1 millisecond'
      FROM accounts
      WHERE id = $2 AND epoch = $3 AND status = 'active'
      RETURNING id, expires_at
    ), token AS (
      INSERT INTO refresh_tokens (hash, session_id, expires_at)
      SELECT decode($5, 'hex'), id, least(expires_at, now() + $6::bigint * interval '1 millisecond') FROM session
      RETURNING expires_at
    )
    SELECT floor(extract(epoch FROM expires_at - now()))::bigint FROM token
    """
  let session: NewSession
  let account: SignInCredentials
  let lifetimes: SessionLifetimes

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(session.id)
    parameters.append(account.id)
    parameters.append(account.epoch)
    parameters.append(lifetimes.session.wholeMilliseconds)
    parameters.append(session.token.hexadecimal)
    parameters.append(lifetimes.token.wholeMilliseconds)
  }
}

/// Exchanges an unused token for the next one.
///
/// Concurrent requests with the same token wait for its row lock; all but the first find it used, and get no row.
struct RotateToken: PostgresStatement {
  static let sql = """
    WITH used AS (
      UPDATE refresh_tokens AS token
      SET used_at = now()
      FROM sessions AS session JOIN accounts AS account ON account.id = session.account_id
      WHERE token.hash = decode($1, 'hex') AND token.used_at IS NULL AND token.expires_at > now()
        AND session.id = token.session_id AND session.ended_at IS NULL AND session.expires_at > now()
        AND account.epoch = session.epoch AND account.status = 'active'
      RETURNING session.id AS session_id, session.expires_at, account.id, account.name, account.role
    ), next AS (
      INSERT INTO refresh_tokens (hash, session_id, expires_at)
      SELECT decode($2, 'hex'), session_id, least(expires_at, now() + $3::bigint * interval '1 millisecond') FROM used
      RETURNING expires_at
    )
    SELECT used.id, used.name, used.role, floor(extract(epoch FROM next.expires_at - now()))::bigint FROM used, next
    """
  let used: TokenHash
  let next: TokenHash
  let lifetimes: SessionLifetimes

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(used.hexadecimal)
    parameters.append(next.hexadecimal)
    parameters.append(lifetimes.token.wholeMilliseconds)
  }

  static func decode(_ row: inout PostgresRow) throws -> Rotation {
    try .rotated(SessionHolder(id: row.next(), name: row.next(), role: row.next()), expiresIn: row.next())
  }
}

/// Ends the session of a token that was used before; no row if it wasn't. Executed only for a token that could not be exchanged.
struct EndReusedSession: PostgresStatement {
  static let sql = """
    WITH token AS (
      SELECT session_id FROM refresh_tokens WHERE hash = decode($1, 'hex') AND used_at IS NOT NULL
    ), ended AS (
      UPDATE sessions
      SET ended_at = now(), end_reason = 'reused'
      FROM token
      WHERE sessions.id = token.session_id AND ended_at IS NULL
      RETURNING sessions.id
    )
    SELECT session_id, EXISTS (SELECT FROM ended) FROM token
    """
  let token: TokenHash

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(token.hexadecimal)
  }

  static func decode(_ row: inout PostgresRow) throws -> Rotation {
    try .reused(session: row.next(), isFirst: row.next())
  }
}

/// Ends the session of a token, used or not, because its holder signed out.
struct EndSession: PostgresStatement {
  static let sql = """
    UPDATE sessions
    SET ended_at = now(), end_reason = 'signedOut'
    FROM refresh_tokens AS token
    WHERE token.hash = decode($1, 'hex') AND sessions.id = token.session_id AND ended_at IS NULL
    """
  let token: TokenHash

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(token.hexadecimal)
  }
}

extension TokenHash {
  fileprivate var hexadecimal: String { Hexadecimal.encode(bytes) }
}
