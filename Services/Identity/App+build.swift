import ServiceDefaults
import Web

/// The one place that puts the service together.
func buildIdentity(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let (settings, logger) = (service.settings, service.logger)
  let parts = try IdentityComponents(
    settings, service.runtime, postgres: service.postgres, logger: logger, committed: service.committed)
  let verifier = try parts.verifier(settings, logger: logger)
  try await service.migrate(identityMigrations)
  guard try await parts.keys.prepare() else {
    throw settings.error("keys.encryption.secret", "is not what the stored keys were encrypted with")
  }
  try await parts.membership.registerFirstOperator(settings, logger: logger)

  service.republish(from: parts.accounts)
  service.run(parts.passwords, parts.keys, verifier, SessionPurge(postgres: service.postgres, logger: logger))
  return try service.application(identityRouter(parts, health: service.health, authenticator: verifier))
}
