import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
func __service__Router(
  readModel: __Aggregate__ReadModel, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  __Aggregate__Routes(readModel: readModel).add(to: router)
  return router
}
