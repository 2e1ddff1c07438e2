import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
func reviewRouter(
  store: any ReviewStore, orders: any OrderSource, health: Health, authenticator: TokenVerifier?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  ReviewRoutes(store: store, posting: ReviewPosting(store: store, orders: orders)).add(to: router)
  RatingRoutes(store: store).add(to: router)
  InvitationRoutes(store: store).add(to: router)
  return router
}
