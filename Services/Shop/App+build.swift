import ServiceDefaults
import Web

/// The one place that puts the service together.
func buildShop(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  try await service.migrate(shopMigrations)
  let store = PostgresShopStore(postgres: service.postgres, committed: service.committed)
  service.republish(from: store)
  return try service.application(shopRouter(store: store, health: service.health, authenticator: environment.verifier))
}
