import Concurrency
import Logging
import Postgres
import ServiceLifecycle

/// Deletes stored responses and delivered webhooks that are older than a day, in batches. Authorizations are kept.
struct RetentionJob: Service {
  let postgres: PostgresClient
  let logger: Logger

  func run() async throws {
    try await PeriodicJob(
      "remove old operations and webhooks", every: .seconds(300), logger: logger,
      round: { [postgres] in
        while try await postgres.execute(PurgeOperations()).first ?? 0 > 0 {}
        while try await postgres.execute(PurgeWebhooks()).first ?? 0 > 0 {}
      }
    ).run()
  }
}
