import Auth
import Backends
import Discovery
import Events
import Hummingbird
import Idempotency
import Operations
import Postgres
import Redis
import RuntimeConfiguration
import ServiceClient
import Web

/// The one place that puts the service together.
func buildPayment(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let logger = environment.logger
  let settings = environment.settings
  let postgres = PostgresClient(
    configuration: try PostgresConfiguration(settings, applicationName: environment.instance), logger: logger)
  let redis = RedisClient(
    configuration: try RedisConfiguration(settings, .events, clientName: environment.instance),
    eventLoopGroup: environment.eventLoopGroup, logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: redis)
  let network = try cardNetwork(environment, runtime)
  let tolerance = try settings.duration("provider.webhook.tolerance")
  let signature = WebhookSignature(secret: try settings.string("provider.webhook.secret"), tolerance: tolerance)
  let deadline = try settings.duration("provider.deadline").wholeMilliseconds
  try await postgres.migrateWhenReachable(paymentMigrations, logger: logger)

  let relay = OutboxRelay(
    configuration: .init(
      service: "payment", instance: environment.instance, busyRate: 150, busyPause: .milliseconds(15)),
    postgres: postgres, redis: redis, logger: logger)
  let store = PostgresPaymentStore(
    postgres: postgres, leaseMilliseconds: deadline + 1000, committed: { relay.wake() })
  let republisher = Republisher(source: store, postgres: postgres, relay: relay, logger: logger)
  let charging = Charging(
    store: store, provider: HTTPPaymentProvider(client: network, key: try settings.string("provider.key")), logger: logger)
  let resolver = OutcomeResolver(
    store: store, charging: charging, leaseMilliseconds: 2 * deadline + 1000, logger: logger)

  let health = Health([
    .connected("postgres") { postgres.isConnected },
    .tokens(environment.verifier),
    // Without it money still moves; the events wait in the outbox.
    .connected("events", isRequired: false) { redis.isConnected },
    // Without it intents are kept, and carried out when it is back.
    HealthCheck("provider", isRequired: false) {
      network.breakerState == .open ? "it fails and is left alone for a moment" : nil
    },
  ])
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: environment.verifier)
  PaymentRoutes(store: store).add(to: router)
  CommandRoutes(desk: PaymentDesk(store: store, charging: charging, unresolved: { resolver.wake() })).add(to: router)
  LedgerRoutes(store: store).add(to: router)
  WebhookRoutes(store: store, signature: signature, due: { resolver.wake() }).add(to: router)
  RepublishRoutes(republisher: republisher, prefixes: ["payment."]).add(to: router)
  EventTrailRoutes(trail: EventTrail(redis: redis, service: "payment")).add(to: router)
  ConfigurationRoutes(runtime).add(to: router)

  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [
      postgres, redis, runtime, network, relay, republisher, resolver, LedgerClosing(postgres: postgres, logger: logger),
      WebhookPurge(postgres: postgres, retention: tolerance * 2 + .seconds(60), logger: logger),
      IdempotencyKeyPurge(postgres: postgres, logger: logger),
    ],
    announcements: [try Registration(environment, health: health, redis: redis)],
    eventLoopGroup: environment.eventLoopGroup, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// Patient with a network that fails now and then: the breaker is for one that is gone, and calls that hang take places for long. It knows
/// our key, which goes with each request, and nothing of our tokens.
/// How long it is waited for can't change while the service runs, for leases in the database rest on it.
private func cardNetwork(_ environment: ServiceEnvironment, _ runtime: RuntimeConfiguration) throws -> ServiceClient {
  let client = try ServiceClient(
    "provider",
    configuration: ServiceClientConfiguration(
      deadline: try environment.settings.duration("provider.deadline"), maximumResponseBytes: 1024 * 1024),
    credentials: NoCredentials(), for: environment)
  try client.follow(runtime, keys: "provider")
  return client
}

extension Duration {
  var wholeMilliseconds: Int { Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}

/// The database's history; a step that was released never changes.
let paymentMigrations = [
  PostgresMigration(
    number: 1, name: "create_payments", sql: String(decoding: PackageResources._01_create_payments_sql, as: UTF8.self)),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
  PostgresMigration(
    number: 4, name: "create_ledger", sql: String(decoding: PackageResources._04_create_ledger_sql, as: UTF8.self)),
  PostgresMigration(
    number: 5, name: "index_unanswered_keys",
    sql: String(decoding: PackageResources._05_index_unanswered_keys_sql, as: UTF8.self)),
  PostgresMigration(
    number: 6, name: "check_balance_by_statement",
    sql: String(decoding: PackageResources._06_check_balance_by_statement_sql, as: UTF8.self)),
]
