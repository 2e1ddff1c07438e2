import Auth
import Concurrency
import Postgres
import ServiceClient
import ServiceDefaults
import Web

/// Constructs the card network simulator. It stands for an external system, so it has no access tokens, events or registration.
func buildProvider(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, logger) = (environment.settings, environment.logger)
  let control = FaultControl(try FaultProfile(settings))
  let key = BearerKey(try settings.string("api.key"))
  let signer = WebhookSigner(secret: try settings.string("webhook.secret"))
  let receiver = ServiceClient(
    service: WebhookSender.receiver, resolver: StaticResolver([WebhookSender.receiver: try .webhooks(settings)]),
    configuration: .init(attempts: 1), credentials: NoCredentials(), eventLoopGroup: environment.eventLoopGroup, logger: logger)

  let postgres = try PostgresClient(for: environment)
  try await postgres.migrateWhenReachable(providerMigrations, logger: logger)
  let sender = WebhookSender(
    outbox: WebhookOutbox(postgres: postgres), receiver: receiver, signer: signer, control: control, logger: logger)
  let store = PostgresAuthorizationStore(postgres: postgres, committed: { sender.wake() })

  let health = Health([
    .connected("postgres") { postgres.isConnected },
    // While the receiver is unavailable, webhooks stay in the database.
    HealthCheck("webhooks", isRequired: false) { receiver.breakerState == .open ? "the circuit breaker is open" : nil },
  ])
  return WebApplication(
    router: try providerRouter(
      store: store, createAuthorization: CreateAuthorization(store: store),
      changeAuthorization: ChangeAuthorization(store: store), control: control, key: key, health: health,
      profileChanged: { sender.wake() }),
    health: health, configuration: environment.web,
    services: [
      postgres, receiver, sender,
      PeriodicJob.purge("delete old responses", every: .seconds(300), logger: logger) {
        try await postgres.execute(PurgeOperations()).first
      },
      PeriodicJob.purge("delete old delivered webhooks", every: .seconds(300), logger: logger) {
        try await postgres.execute(PurgeWebhooks()).first
      },
    ],
    eventLoopGroup: environment.eventLoopGroup, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}
