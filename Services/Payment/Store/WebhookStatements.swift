import Contracts
import Persistence
import Postgres

/// Stores the id of a webhook and makes the payment's pending operation due, unless the id is known.
///
/// One row if an operation became due: whether its request is no longer being processed.
struct InsertWebhook: PostgresStatement {
  typealias Row = Bool
  static let sql = """
    WITH received AS (
      INSERT INTO provider_webhooks (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id
    )
    UPDATE pending_operations
    SET due_at = least(due_at, now())
    FROM received
    WHERE payment_id = $2::uuid
    RETURNING attempts > 0
    """
  let id: String
  let reference: Identifier?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(reference)
  }
}

/// Deletes a batch of webhooks whose signatures have expired; returns their number.
struct PurgeWebhooks: PostgresStatement {
  typealias Row = Int
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
}
