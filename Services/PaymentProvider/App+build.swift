import Auth
import Backends
import Hummingbird
import Postgres
import ServiceClient
import Web

/// The one place that puts the service together.
func buildProvider(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, logger) = (environment.settings, environment.logger)
  let control = BehaviourControl(try Behaviour(settings))
  let key = BearerKey(try settings.string("api.key"))
  let signature = WebhookSignature(secret: try settings.string("webhook.secret"))
  let receiver = ServiceClient(
    service: WebhookSender.receiver, resolver: StaticResolver([WebhookSender.receiver: try .webhooks(settings)]),
    configuration: .init(attempts: 1), credentials: NoCredentials(), eventLoopGroup: environment.eventLoopGroup, logger: logger)

  let postgres = PostgresClient(
    configuration: try PostgresConfiguration(settings, applicationName: environment.instance), logger: logger)
  try await postgres.migrateWhenReachable(providerMigrations, logger: logger)
  let sender = WebhookSender(
    outbox: WebhookOutbox(postgres: postgres), receiver: receiver, signature: signature, control: control, logger: logger)
  let store = PostgresAuthorizationStore(postgres: postgres, committed: { sender.wake() })

  let health = Health([
    .connected("postgres") { postgres.isConnected },
    // Without it webhooks wait in the database.
    HealthCheck("webhooks", isRequired: false) { receiver.breakerState == .open ? "the receiver is not answering" : nil },
  ])
  return WebApplication(
    router: providerRouter(store: store, control: control, key: key, health: health, settingsChanged: { sender.wake() }),
    health: health, configuration: environment.web,
    services: [postgres, receiver, sender, MemoryPurge(postgres: postgres, logger: logger)],
    eventLoopGroup: environment.eventLoopGroup, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// Every route of the service.
func providerRouter(
  store: any AuthorizationStore, control: BehaviourControl, key: BearerKey, health: Health,
  settingsChanged: @escaping @Sendable () -> Void
) -> Router<ServiceRequestContext> {
  // The network has keys of its own and knows nobody's tokens.
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: nil)
  let network = router.group().add(middleware: BearerMiddleware(key: key))
  BehaviourRoutes(control: control, changed: settingsChanged).add(to: network)
  AuthorizationRoutes(store: store).add(to: network.group().add(middleware: MisbehaviourMiddleware(control: control)))
  return router
}

/// The database's history; a step that was released never changes.
let providerMigrations = [
  PostgresMigration(
    number: 1, name: "create_authorizations",
    sql: String(decoding: PackageResources._01_create_authorizations_sql, as: UTF8.self))
]
