import Concurrency
import Logging
import Postgres
import ServiceLifecycle

/// Deletes ended sessions, expired refresh tokens, and attempts that no longer count, in batches.
struct SessionPurge: Service {
  let postgres: PostgresClient
  let logger: Logger

  func run() async throws {
    try await PeriodicJob("delete ended sessions", every: .seconds(60), logger: logger, batches: purge).run()
  }

  /// Returns the number of deleted rows.
  private func purge() async throws -> Int {
    try await postgres.execute(PurgeEnded(limit: 1000)).first ?? 0
  }
}
