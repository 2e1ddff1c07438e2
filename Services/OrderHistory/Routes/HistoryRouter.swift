import Auth
import Hummingbird
import Web

/// The service's routes and those that every service has.
func orderHistoryRouter(
  findOrder: FindOrder, listOrders: ListOrders, hub: TrackingHub, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  HistoryRoutes(findOrder: findOrder, listOrders: listOrders).add(to: router)
  TrackingRoutes(findOrder: findOrder, hub: hub).add(to: router)
  return router
}
