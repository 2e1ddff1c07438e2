import Concurrency
import Postgres
import ServiceDefaults
import Web

/// Constructs the service.
func buildIdentity(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let (settings, logger) = (service.settings, service.logger)
  let components = try IdentityComponents(
    settings, service.runtime, postgres: service.postgres, logger: logger, committed: service.committed)
  let verifier = try components.verifier(settings, logger: logger)
  try await service.migrate(identityMigrations)
  guard try await components.keys.prepare() else {
    throw settings.error("keys.encryption.secret", "is not the secret that the stored keys were encrypted with")
  }
  try await components.registerFirstOperator.register(settings, logger: logger)

  service.republish(AccountTable.self)
  service.run(
    components.passwords,
    // Reads the keys that other instances published, publishes the next one when it is due, and deletes old ones.
    PeriodicJob("rotate signing keys", every: .seconds(1), logger: logger, round: components.keys.refresh), verifier,
    PeriodicJob.purge("delete ended sessions and old attempts", every: .seconds(60), logger: logger) {
      [postgres = service.postgres] in try await postgres.execute(PurgeEnded(limit: 1000)).first
    })
  return try service.application(components.router(health: service.health, authenticator: verifier))
}
