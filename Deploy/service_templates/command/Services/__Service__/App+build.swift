import ServiceDefaults
import Web

/// The one place that puts the service together.
func build__Service__(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  try await service.migrate(__service__Migrations)
  let store = Postgres__Aggregate__Store(postgres: service.postgres, committed: service.committed)
  service.republish(__Aggregate__Table.self)
  return try service.application(
    __service__Router(store: store, health: service.health, authenticator: environment.verifier))
}
