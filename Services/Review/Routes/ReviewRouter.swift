import Auth
import Hummingbird
import Web

/// The router of the service: its own routes and those of every service.
func reviewRouter(
  store: any ReviewStore, commands: ReviewCommands, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  ReviewRoutes(store: store, commands: commands).add(to: router)
  RatingRoutes(store: store).add(to: router)
  InvitationRoutes(store: store).add(to: router)
  return router
}
