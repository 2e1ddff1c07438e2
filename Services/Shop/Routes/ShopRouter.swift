import AdminAPI
import Auth
import Hummingbird
import Web

/// The service's own routes, in addition to those of every service.
func shopRouter(
  store: PostgresShopStore, shops: ShopCommands, menus: MenuCommands, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  ShopRoutes(store: store, commands: shops).add(to: router)
  VersionRoutes(of: "shops", store.versions(after:changedSince:limit:)).add(to: router)
  MenuRoutes(commands: menus).add(to: router)
  return router
}
