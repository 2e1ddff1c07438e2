import Auth
import Hummingbird
import Web

/// The routes of this service, in addition to those of every service.
func paymentRouter(
  store: any PaymentStore, createPayment: CreatePayment, changePayment: ChangePayment, receiveWebhook: ReceiveWebhook,
  verifier: WebhookVerifier, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  let router = try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  PaymentRoutes(store: store).add(to: router)
  CommandRoutes(createPayment: createPayment, changePayment: changePayment).add(to: router)
  LedgerRoutes(store: store).add(to: router)
  WebhookRoutes(receiveWebhook: receiveWebhook, verifier: verifier).add(to: router)
  return router
}
