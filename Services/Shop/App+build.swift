import ServiceDefaults
import Web

/// Constructs the service.
func buildShop(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  try await service.migrate(shopMigrations)
  let store = PostgresShopStore(postgres: service.postgres, committed: service.committed)
  service.republish(ShopTable.self)
  let router = try shopRouter(
    store: store, shops: ShopCommands(store: store), menus: MenuCommands(store: store), health: service.health,
    authenticator: environment.verifier)
  return try service.application(router)
}
