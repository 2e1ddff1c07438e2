import Logging
import Postgres
import ServiceLifecycle

/// Forgets answers and delivered webhooks that are more than a day old, a batch at a time; authorizations stay.
struct MemoryPurge: Service {
  let postgres: PostgresClient
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          while try await self.postgres.execute(PurgeOperations()).first ?? 0 > 0 {}
          while try await self.postgres.execute(PurgeWebhooks()).first ?? 0 > 0 {}
        } catch {
          self.logger.debug("What is old can't be deleted now; later again.", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: .seconds(300))
      }
    }
  }
}
