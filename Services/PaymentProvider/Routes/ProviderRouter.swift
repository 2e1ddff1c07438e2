import Hummingbird
import Web

/// Every route of the service.
func providerRouter(
  store: any AuthorizationStore, control: FaultControl, key: BearerKey, health: Health,
  settingsChanged: @escaping @Sendable () -> Void
) -> Router<ServiceRequestContext> {
  // The network has keys of its own and knows nobody's tokens.
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: nil)
  let network = router.group().add(middleware: BearerMiddleware(key: key))
  FaultProfileRoutes(control: control, changed: settingsChanged).add(to: network)
  AuthorizationRoutes(store: store).add(to: network.group().add(middleware: FaultInjectionMiddleware(control: control)))
  return router
}
