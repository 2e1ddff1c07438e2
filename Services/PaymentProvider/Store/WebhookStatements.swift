import Contracts
import Persistence
import Postgres

/// Claims due webhooks; other senders skip them until the lease ends.
struct ClaimWebhooks: PostgresStatement {
  static let sql = """
    UPDATE webhooks
    SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2 / 1000.0)
    FROM (
      SELECT id FROM webhooks
      WHERE delivered_at IS NULL AND next_attempt_at <= clock_timestamp()
      ORDER BY next_attempt_at
      LIMIT $1
      FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE webhooks.id = due.id
    RETURNING webhooks.id, webhooks.attempts, \(AuthorizationDocument.webhook)
    """
  let limit: Int
  let leaseMilliseconds: Int64

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(limit)
    parameters.append(leaseMilliseconds)
  }

  static func decode(_ row: inout PostgresRow) throws -> Webhook {
    try Webhook(id: row.next(), attempt: row.next(), body: row.next())
  }
}

/// Marks webhooks as delivered.
struct MarkDelivered: PostgresStatement {
  static let sql = "UPDATE webhooks SET delivered_at = clock_timestamp() WHERE id = ANY ($1::uuid[])"
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// Schedules the next attempt of webhooks, each after its own delay.
struct PostponeWebhooks: PostgresStatement {
  static let sql = """
    UPDATE webhooks
    SET next_attempt_at = clock_timestamp() + make_interval(secs => postponed.milliseconds / 1000.0)
    FROM unnest($1::uuid[], $2::bigint[]) AS postponed (id, milliseconds)
    WHERE webhooks.id = postponed.id
    """
  let delays: [(id: Identifier, milliseconds: Int64)]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(delays.map(\.id))
    parameters.append(delays.map(\.milliseconds))
  }
}

/// Deletes a batch of delivered webhooks that are older than a day; returns their number.
struct PurgeWebhooks: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH purged AS (
      DELETE FROM webhooks
      WHERE id IN (
        SELECT id FROM webhooks
        WHERE delivered_at IS NOT NULL AND occurred_at < now() - interval '24 hours'
        LIMIT 1000
      )
      RETURNING 1
    )
    SELECT count(*) FROM purged
    """
}

/// Deletes a batch of stored responses that are older than a day; returns their number.
struct PurgeOperations: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH purged AS (
      DELETE FROM operations
      WHERE key IN (SELECT key FROM operations WHERE created_at < now() - interval '24 hours' LIMIT 1000)
      RETURNING 1
    )
    SELECT count(*) FROM purged
    """
}
