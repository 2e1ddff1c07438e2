import Concurrency
import Postgres
import ServiceClient
import ServiceDefaults
import Web

/// Constructs the service.
func buildPayment(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let service = try CommandService(environment)
  let settings = service.settings
  let network = try ServiceClient.cardNetwork(environment, service.runtime)
  let tolerance = try settings.duration("provider.webhook.tolerance")
  let verifier = WebhookVerifier(secret: try settings.string("provider.webhook.secret"), tolerance: tolerance)
  let provider = HTTPPaymentProvider(client: network, key: try settings.string("provider.key"))
  let deadline = Int(try settings.duration("provider.deadline").wholeMilliseconds)
  try await service.migrate(paymentMigrations)

  let (postgres, logger) = (service.postgres, service.logger)
  let store = PostgresPaymentStore(postgres: postgres, leaseMilliseconds: deadline + 1000, committed: service.committed)
  service.republish(PaymentTable.self)
  let operations = ProviderOperations(store: store, provider: provider, logger: logger)
  let resolver = OutcomeResolver(
    store: store, operations: operations, leaseMilliseconds: 2 * deadline + 1000, logger: logger)
  service.run(
    network, resolver, LedgerBalanceSnapshot(postgres: postgres, logger: logger),
    // A webhook's signature is valid for the tolerance before and after the time of receipt; its id is kept for longer.
    PeriodicJob.purge("delete the ids of old webhooks", every: .seconds(60), logger: logger) {
      let retention = tolerance * 2 + .seconds(60)
      return try await postgres.execute(PurgeWebhooks(retentionSeconds: retention.wholeSeconds, limit: 2000)).first
    })
  // While the network is unavailable, intents are stored, and executed once it is available again.
  service.health.add(
    HealthCheck("provider", isRequired: false) { network.breakerState == .open ? "the circuit breaker is open" : nil })

  let wake: @Sendable () -> Void = { resolver.wake() }
  return try service.application(
    paymentRouter(
      store: store, createPayment: CreatePayment(store: store, operations: operations, outcomeUnknown: wake),
      changePayment: ChangePayment(store: store, operations: operations, outcomeUnknown: wake),
      receiveWebhook: ReceiveWebhook(store: store, outcomeUnknown: wake), verifier: verifier, health: service.health,
      authenticator: environment.verifier))
}
