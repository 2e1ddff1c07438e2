import Contracts
import Persistence
import Postgres

/// Takes the relays' advisory lock until the end of the transaction, so that only one relay of this database at a time selects
/// rows and records them as published.
///
/// Losing this transaction in a crash only means publishing again, so its commit needn't wait for the disk.
struct AcquireRelayLock: PostgresStatement {
  static let sql = """
    SELECT pg_advisory_xact_lock(hashtext('outbox')), set_config('synchronous_commit', 'off', true)
    """
}

/// The oldest unpublished rows; to be run after `AcquireRelayLock`, as a statement of its own so that its snapshot includes the
/// other relays' commits.
struct SelectUnpublished: PostgresStatement {
  static let sql = """
    SELECT position, id, type, subject, sequence, (extract(epoch FROM time) * 1000)::bigint, traceparent
    FROM outbox
    WHERE published_at IS NULL
    ORDER BY position
    LIMIT $1
    """
  let limit: Int

  struct Row: Sendable {
    let position: Int64
    let id: String
    let type: String
    let subject: String
    let sequence: Int64
    let time: Timestamp
    let traceparent: String?
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    try Row(
      position: row.next(), id: row.next(), type: row.next(), subject: row.next(), sequence: row.next(),
      time: Timestamp(milliseconds: row.next()), traceparent: row.next())
  }
}

/// Records rows as published in a batch of a relay, and the batch as the relay's last.
struct MarkPublished: PostgresStatement {
  static let sql = """
    WITH relay AS (
      INSERT INTO outbox_relays (relay, batch) VALUES ($1, $2)
      ON CONFLICT (relay) DO UPDATE SET batch = EXCLUDED.batch
    )
    UPDATE outbox
    SET published_at = clock_timestamp(), published_by = $1, published_batch = $2
    WHERE position = ANY ($3::bigint[])
    """
  let relay: String
  let batch: Int64
  let positions: [Int64]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(relay)
    parameters.append(batch)
    parameters.append(positions)
  }
}

/// The last batch of each relay of this database.
struct SelectRelays: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT relay, batch FROM outbox_relays"

  static func decode(_ row: inout PostgresRow) throws -> (relay: String, batch: Int64) {
    try (row.next(), row.next())
  }
}

/// Makes all rows unpublished again that a relay published after `batch`; returns how many.
struct RequeueEvents: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH requeued AS (
      UPDATE outbox
      SET published_at = NULL, published_by = NULL, published_batch = NULL
      WHERE published_by = $1 AND published_batch > $2
      RETURNING 1
    ), relay AS (
      UPDATE outbox_relays SET batch = $2 WHERE relay = $1
    )
    SELECT count(*) FROM requeued
    """
  let relay: String
  let batch: Int64

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(relay)
    parameters.append(batch)
  }
}

/// Deletes a batch of the oldest rows if they were published before the retention period.
struct PurgePublished: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH oldest AS (
      SELECT position, published_at FROM outbox ORDER BY position LIMIT $2
    ), purged AS (
      DELETE FROM outbox
      USING oldest
      WHERE outbox.position = oldest.position
        AND oldest.published_at < now() - make_interval(secs => $1)
      RETURNING 1
    )
    SELECT count(*) FROM purged
    """
  let retentionSeconds: Int64
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(retentionSeconds)
    parameters.append(limit)
  }
}

/// How many rows wait to be published, and for how many milliseconds the oldest has waited.
struct CountBacklog: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT count(*), coalesce((extract(epoch FROM clock_timestamp() - min(time)) * 1000)::bigint, 0)
    FROM outbox
    WHERE published_at IS NULL
    """

  static func decode(_ row: inout PostgresRow) throws -> (rows: Int64, oldestMilliseconds: Int64) {
    try (row.next(), row.next())
  }
}

/// Appends events for the current versions of subjects: republishing.
struct AppendEvents: PostgresStatement {
  static let sql = """
    INSERT INTO outbox (id, type, subject, sequence)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[])
    """
  let events: [(id: Identifier, type: EventType, subject: Identifier, sequence: Int64)]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(events.map(\.id))
    parameters.append(events.map(\.type))
    parameters.append(events.map(\.subject))
    parameters.append(events.map(\.sequence))
  }
}
