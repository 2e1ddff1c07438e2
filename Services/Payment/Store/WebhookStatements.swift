import Contracts
import Postgres

/// Notes a webhook, unless it was noted before, and makes what is pending of its payment due.
///
/// One row if anything became due: whether the request that asked for it has given up waiting.
struct HearWebhook: PostgresStatement {
  static let sql = """
    WITH heard AS (
      INSERT INTO provider_webhooks (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id
    )
    UPDATE pending_operations
    SET due_at = least(due_at, now())
    FROM heard
    WHERE payment_id = $2::uuid
    RETURNING attempts > 0
    """
  let id: String
  let reference: Identifier?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(reference?.description)
  }

  static func decode(_ row: inout PostgresRow) throws -> Bool {
    try row.next(Bool.self)
  }
}

/// Forgets a batch of webhooks whose signatures are too old to be played again; returns how many.
struct PurgeWebhooks: PostgresStatement {
  static let sql = """
    WITH old AS (
      SELECT id FROM provider_webhooks WHERE received_at < now() - make_interval(secs => $1) LIMIT $2
    ), purged AS (
      DELETE FROM provider_webhooks USING old WHERE provider_webhooks.id = old.id RETURNING 1
    )
    SELECT count(*) FROM purged
    """
  let retentionSeconds: Int64
  let limit: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(retentionSeconds)
    parameters.append(limit)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int {
    try row.next(Int.self)
  }
}
