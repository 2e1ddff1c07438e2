import Concurrency
import Logging
import Postgres
import ServiceLifecycle

/// Deletes the ids of webhooks whose signatures have expired, in batches.
struct WebhookPurge: Service {
  let postgres: PostgresClient
  /// More than twice the tolerance: the signing time may be up to the tolerance before or after the time of receipt.
  let retention: Duration
  let logger: Logger

  func run() async throws {
    try await PeriodicJob("remove old webhooks", every: .seconds(60), logger: logger, batches: purge).run()
  }

  /// - Returns: the number of deleted ids.
  func purge() async throws -> Int {
    try await postgres.execute(PurgeWebhooks(retentionSeconds: retention.components.seconds, limit: 2000)).first ?? 0
  }
}
