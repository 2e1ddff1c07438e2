import AdminAPI
import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
func shopRouter(
  store: PostgresShopStore, health: Health, authenticator: TokenVerifier?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  ShopRoutes(store: store).add(to: router)
  VersionRoutes(of: "shops", store.versions(after:changedSince:limit:)).add(to: router)
  MenuRoutes(store: store).add(to: router)
  return router
}
