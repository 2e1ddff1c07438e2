import Concurrency
import Logging
import Postgres
import ServiceLifecycle

/// Forgets webhooks that can't be played again, a batch at a time.
struct WebhookPurge: Service {
  let postgres: PostgresClient
  /// Twice the tolerance and more: a webhook may come from as far ahead of our clock as it is believed behind it.
  let retention: Duration
  let logger: Logger

  func run() async throws {
    try await PeriodicJob("remove old webhooks", every: .seconds(60), logger: logger, batches: purge).run()
  }

  /// Returns how many were forgotten.
  func purge() async throws -> Int {
    try await postgres.execute(PurgeWebhooks(retentionSeconds: retention.components.seconds, limit: 2000)).first ?? 0
  }
}
