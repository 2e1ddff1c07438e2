import Concurrency
import Contracts
import Postgres

/// The undelivered webhooks in the database. Several senders may use it concurrently.
struct WebhookOutbox: Sendable {
  let postgres: PostgresClient

  /// Claims due webhooks.
  /// - Parameter lease: the time after which a webhook that was not settled is due again.
  func claim(limit: Int, lease: Duration) async throws -> [Webhook] {
    try await postgres.execute(ClaimWebhooks(limit: limit, leaseMilliseconds: lease.wholeMilliseconds))
  }

  /// Stores the results of the attempts.
  /// - Parameter postponed: the webhooks to retry, each with its delay.
  func settle(delivered: [Identifier], postponed: [(id: Identifier, delay: Duration)]) async throws {
    if !delivered.isEmpty { _ = try await postgres.execute(MarkDelivered(ids: delivered)) }
    if !postponed.isEmpty {
      let delays = postponed.map { (id: $0.id, milliseconds: $0.delay.wholeMilliseconds) }
      _ = try await postgres.execute(PostponeWebhooks(delays: delays))
    }
  }
}
