import Hummingbird
import Web

/// All routes of the service.
func providerRouter(
  store: any AuthorizationStore, createAuthorization: CreateAuthorization, changeAuthorization: ChangeAuthorization,
  control: FaultControl, key: BearerKey, health: Health, profileChanged: @escaping @Sendable () -> Void
) throws -> Router<ServiceRequestContext> {
  // The card network is an external system: it has an API key of its own and does not verify access tokens.
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: nil)
  let network = router.group().add(middleware: BearerMiddleware(key: key))
  FaultProfileRoutes(control: control, changed: profileChanged).add(to: network)
  AuthorizationRoutes(store: store, createAuthorization: createAuthorization, changeAuthorization: changeAuthorization)
    .add(to: network.group().add(middleware: FaultInjectionMiddleware(control: control)))
  return router
}
