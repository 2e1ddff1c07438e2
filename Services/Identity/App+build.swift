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

  service.republish(from: components.accounts)
  service.run(
    components.passwords, KeyRotation(keys: components.keys, logger: logger), verifier,
    SessionPurge(postgres: service.postgres, logger: logger))
  return try service.application(components.router(health: service.health, authenticator: verifier))
}
