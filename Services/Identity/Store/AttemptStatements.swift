import Postgres

/// Counts an attempt against several limits, or against none if one of them is exhausted, by the generic cell rate algorithm (ITU-T
/// I.371): a row stores the key's theoretical arrival time.
///
/// Existing rows are locked in the order of their keys before they are read. For rows that don't exist yet the upsert checks the limit
/// again.
struct CountAttempt: PostgresStatement {
  static let sql = """
    WITH applicable AS (
      SELECT decode(limits.key, 'hex') AS key, burst, pause * interval '1 millisecond' AS pause
      FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS limits (key, burst, pause)
      WHERE limits.key IS DISTINCT FROM $4
        OR NOT EXISTS (SELECT FROM attempts WHERE attempts.key = decode($5, 'hex') AND trusted_until > now())
    ), locked AS (
      SELECT attempts.key, attempts.arrival
      FROM attempts
      WHERE attempts.key IN (SELECT applicable.key FROM applicable)
      ORDER BY attempts.key
      FOR UPDATE
    ), rejected AS (
      SELECT max(locked.arrival - (applicable.burst - 1) * applicable.pause - now()) AS wait
      FROM locked JOIN applicable ON applicable.key = locked.key
      WHERE locked.arrival > now() + (applicable.burst - 1) * applicable.pause
    ), counted AS (
      INSERT INTO attempts (key, arrival)
      SELECT applicable.key, now() + applicable.pause
      FROM applicable
      WHERE (SELECT wait FROM rejected) IS NULL
      ORDER BY applicable.key
      ON CONFLICT (key) DO UPDATE
      SET arrival = greatest(attempts.arrival, now()) + (EXCLUDED.arrival - now())
      WHERE attempts.arrival <= now() + (SELECT (burst - 1) * pause FROM applicable WHERE applicable.key = EXCLUDED.key)
      RETURNING key
    )
    SELECT
      ceil(extract(epoch FROM (SELECT wait FROM rejected)))::bigint,
      (SELECT count(*) FROM counted) = (SELECT count(*) FROM applicable),
      EXISTS (SELECT FROM applicable WHERE applicable.key = decode($4, 'hex'))
    """
  let limits: [HashedLimit]
  /// The limit that is waived for trusted addresses.
  var waivable: HashedLimit?
  /// The limit whose row stores whether the address is trusted.
  var trusted: HashedLimit?

  struct Row: Sendable {
    /// Seconds until the next attempt is allowed; `nil` if no limit is exhausted.
    let wait: Int64?
    let isComplete: Bool
    /// Whether the attempt was counted against the waivable limit.
    let isWaivableCounted: Bool
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limits.map(\.key))
    parameters.append(limits.map(\.burst))
    parameters.append(limits.map(\.pauseMilliseconds))
    parameters.append(waivable?.key)
    parameters.append(trusted?.key)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    try Row(wait: row.next(), isComplete: row.next(), isWaivableCounted: row.next())
  }
}

/// Undoes the count of an attempt. The limit of a trusted address is reset, and the address stays trusted for thirty days.
struct RefundAttempt: PostgresStatement {
  static let sql = """
    WITH locked AS (
      SELECT key FROM attempts
      WHERE key IN (SELECT decode(given, 'hex') FROM unnest($1::text[]) AS given)
      ORDER BY key
      FOR UPDATE
    )
    UPDATE attempts
    SET arrival = CASE
          WHEN attempts.key = decode($3, 'hex') THEN now()
          ELSE attempts.arrival - limits.pause * interval '1 millisecond' END,
        trusted_until = CASE
          WHEN attempts.key = decode($3, 'hex') THEN now() + interval '30 days'
          ELSE attempts.trusted_until END
    FROM locked, unnest($1::text[], $2::bigint[]) AS limits (key, pause)
    WHERE attempts.key = locked.key AND locked.key = decode(limits.key, 'hex')
    """
  let limits: [HashedLimit]
  let trusted: HashedLimit?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limits.map(\.key))
    parameters.append(limits.map(\.pauseMilliseconds))
    parameters.append(trusted?.key)
  }
}

/// A limit as it is stored: addresses and emails are hashed.
struct HashedLimit: Sendable {
  /// SHA-256 in hexadecimal.
  let key: String
  let burst: Int64
  let pauseMilliseconds: Int64
}
