import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
func riderRouter(
  riders: RiderCommands, deliveries: DeliveryCommands, polls: OfferPolls, store: PostgresDeliveryStore, health: Health,
  authenticator: TokenVerifier?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  RiderRoutes(commands: riders, polls: polls).add(to: router)
  DeliveryRoutes(commands: deliveries, store: store).add(to: router)
  return router
}
