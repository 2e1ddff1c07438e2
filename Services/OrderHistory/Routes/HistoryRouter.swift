import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
func orderHistoryRouter(
  lookup: OrderLookup, hub: TrackingHub, health: Health, authenticator: TokenVerifier?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  HistoryRoutes(reader: lookup.reader, lookup: lookup).add(to: router)
  TrackingRoutes(lookup: lookup, hub: hub).add(to: router)
  return router
}
