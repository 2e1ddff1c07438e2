import Auth
import Hummingbird
import Postgres
import Web

/// The service's own routes, beside those that every service has.
func orderRouter(
  store: any OrderStore, schedule: SagaSchedule, postgres: PostgresClient, health: Health, authenticator: TokenVerifier?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  OrderRoutes(store: store, plan: schedule).add(to: router)
  OrderCommandRoutes(store: store, plan: schedule).add(to: router)
  SagaRoutes(postgres: postgres, schedule: schedule).add(to: router)
  return router
}
