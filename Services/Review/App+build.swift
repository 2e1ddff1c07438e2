import Auth
import Backends
import Callbacks
import Contracts
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
func buildReview(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, loops, logger) = (environment.settings, environment.eventLoopGroup, environment.logger)
  let eventsConfiguration = try RedisConfiguration(settings, .events, clientName: environment.instance)
  let postgres = PostgresClient(
    configuration: try PostgresConfiguration(settings, applicationName: environment.instance), logger: logger)
  let redis = RedisClient(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: redis)
  let orders = try ServiceClient("order", registry: redis, runtime: runtime, for: environment)
  let reader = RedisBlockingConnection(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  let source = CallbackSource<Order>(client: orders, collection: "/orders")
  try await postgres.migrateWhenReachable(reviewMigrations, logger: logger)

  let relay = OutboxRelay(
    configuration: .init(
      service: "review", instance: environment.instance, busyRate: 150, busyPause: .milliseconds(15)),
    postgres: postgres, redis: redis, logger: logger)
  let store = PostgresReviewStore(postgres: postgres, committed: { relay.wake() })
  let republisher = Republisher(source: store, postgres: postgres, relay: relay, logger: logger)
  let consumer = ConsumerGroup(
    configuration: .init(sources: ["order"], group: "review", consumer: environment.instance), redis: redis, reader: reader,
    handler: OrderEvents(orders: source, store: store), logger: logger, groupCreated: {})

  let health = Health([
    .connected("postgres") { postgres.isConnected },
    .tokens(environment.verifier),
    // Without them reviews can still be written; events and invitations follow.
    .connected("events", isRequired: false) { redis.isConnected },
    HealthCheck("order", isRequired: false) { orders.breakerState == .open ? "not answering" : nil },
  ])
  let router = reviewRouter(
    store: store, orders: CallbackOrders(source: source), health: health, authenticator: environment.verifier)
  RepublishRoutes(republisher: republisher, prefixes: ["review.", "rating."]).add(to: router)
  EventTrailRoutes(trail: EventTrail(redis: redis, service: "review")).add(to: router)
  ConsumerRoutes(deadLetters: DeadLetters(redis: redis, group: "review")).add(to: router)
  ConfigurationRoutes(runtime).add(to: router)

  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [
      postgres, redis, runtime, orders, relay, republisher, consumer, IdempotencyKeyPurge(postgres: postgres, logger: logger),
    ],
    announcements: [try Registration(environment, health: health, redis: redis)],
    eventLoopGroup: loops, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// The service's own routes.
func reviewRouter(
  store: any ReviewStore, orders: any OrderSource, health: Health, authenticator: (any Authenticator)?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  ReviewRoutes(store: store, posting: ReviewPosting(store: store, orders: orders)).add(to: router)
  RatingRoutes(store: store).add(to: router)
  InvitationRoutes(store: store).add(to: router)
  return router
}

/// The database's history; a step that was released never changes.
let reviewMigrations = [
  PostgresMigration(
    number: 1, name: "create_reviews", sql: String(decoding: PackageResources._01_create_reviews_sql, as: UTF8.self)),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
