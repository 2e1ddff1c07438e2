import Auth
import Hummingbird
import Web

/// The service's own routes, in addition to those of every service.
func orderRouter(
  store: any OrderStore, sagas: any SagaStore, placeOrder: PlaceOrder, changeOrder: ChangeOrder, schedule: SagaSchedule,
  health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  OrderRoutes(store: store, placeOrder: placeOrder).add(to: router)
  OrderCommandRoutes(changeOrder: changeOrder).add(to: router)
  SagaRoutes(store: sagas, schedule: schedule).add(to: router)
  return router
}
