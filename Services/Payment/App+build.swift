import Concurrency
import ServiceClient
import ServiceDefaults
import Web

/// The one place that puts the service together.
func buildPayment(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let settings = service.settings
  let network = try ServiceClient.cardNetwork(environment, service.runtime)
  let tolerance = try settings.duration("provider.webhook.tolerance")
  let signature = WebhookVerifier(secret: try settings.string("provider.webhook.secret"), tolerance: tolerance)
  let provider = HTTPPaymentProvider(client: network, key: try settings.string("provider.key"))
  let deadline = try settings.duration("provider.deadline").wholeMilliseconds
  try await service.migrate(paymentMigrations)

  let (postgres, logger) = (service.postgres, service.logger)
  let store = PostgresPaymentStore(postgres: postgres, leaseMilliseconds: deadline + 1000, committed: service.committed)
  service.republish(from: store)
  let charging = ProviderOperations(store: store, provider: provider, logger: logger)
  let resolver = OutcomeResolver(store: store, charging: charging, leaseMilliseconds: 2 * deadline + 1000, logger: logger)
  service.run(
    network, resolver, LedgerBalanceSnapshot(postgres: postgres, logger: logger),
    WebhookPurge(postgres: postgres, retention: tolerance * 2 + .seconds(60), logger: logger))
  // Without it intents are kept, and carried out when it is back.
  service.health.add(
    HealthCheck("provider", isRequired: false) { network.breakerState == .open ? "not answering" : nil })

  return try service.application(
    paymentRouter(
      store: store, charging: charging, signature: signature, resolve: { resolver.wake() }, health: service.health,
      authenticator: environment.verifier))
}
