import AdminAPI
import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
func __service__Router(
  store: any __Aggregate__Store, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  let create = Create__Aggregate__(store: store)
  let rename = Rename__Aggregate__(store: store)
  __Aggregate__Routes(store: store, create: create, rename: rename).add(to: router)
  VersionRoutes(of: "__paths__", store.versions(after:changedSince:limit:)).add(to: router)
  return router
}
