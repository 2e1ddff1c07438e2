import Auth
import Hummingbird
import Web

/// The router of the service: its own routes and those of every service.
func riderRouter(
  _ riders: RiderRoutes, _ deliveries: DeliveryRoutes, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  riders.add(to: router)
  deliveries.add(to: router)
  return router
}
