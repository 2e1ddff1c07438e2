import Auth
import Hummingbird
import Web

/// The service's own routes, beside those that every service has.
/// - Parameter resolve: has outcomes that are not known looked for at once.
func paymentRouter(
  store: PostgresPaymentStore, charging: ProviderOperations, signature: WebhookVerifier, resolve: @escaping @Sendable () -> Void,
  health: Health, authenticator: TokenVerifier?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  PaymentRoutes(store: store).add(to: router)
  CommandRoutes(desk: PaymentCommands(store: store, charging: charging, unresolved: resolve)).add(to: router)
  LedgerRoutes(store: store).add(to: router)
  WebhookRoutes(store: store, signature: signature, due: resolve).add(to: router)
  return router
}
