import Backends
import Callbacks
import Contracts
import Discovery
import Events
import Hummingbird
import Operations
import Postgres
import Redis
import RuntimeConfiguration
import ServiceClient
import Web

/// The one place that puts the service together.
func buildRider(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, loops, logger) = (environment.settings, environment.eventLoopGroup, environment.logger)
  let eventsConfiguration = try RedisConfiguration(settings, .events, clientName: environment.instance)
  let postgres = PostgresClient(
    configuration: try PostgresConfiguration(settings, applicationName: environment.instance), logger: logger)
  let redis = RedisClient(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: redis)
  let orders = try ServiceClient("order", registry: redis, runtime: runtime, for: environment)
  let dispatching = try Dispatcher.Configuration(runtime)
  let eventsReader = RedisBlockingConnection(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  try await postgres.migrateWhenReachable(riderMigrations, logger: logger)

  let relay = OutboxRelay(
    configuration: .init(
      service: "rider", instance: environment.instance, busyRate: 150, busyPause: .milliseconds(15)),
    postgres: postgres, redis: redis, logger: logger)
  let riders = PostgresRiderStore(postgres: postgres, committed: { relay.wake() })
  let deliveries = PostgresDeliveryStore(postgres: postgres, committed: { relay.wake() })
  let dispatch = PostgresDispatchStore(postgres: postgres)
  let republisher = Republisher(source: deliveries, postgres: postgres, relay: relay, logger: logger)

  let pool = RiderPool()
  let metrics = DispatchMetrics()
  let polls = OfferPolls(deliveries: deliveries, dispatch: dispatch, logger: logger)
  let dispatcher = Dispatcher(
    configuration: dispatching, store: dispatch, riders: riders, pool: pool, polls: polls, metrics: metrics, logger: logger)
  let positions = PositionWriter(store: riders, pool: pool, logger: logger)
  let consumer = ConsumerGroup(
    configuration: .init(sources: ["order"], group: "rider", consumer: environment.instance), redis: redis,
    reader: eventsReader,
    handler: OrderEvents(source: CallbackSource(client: orders, collection: "/orders"), store: deliveries) { dispatcher.wake() },
    logger: logger
  ) {
    // A new group begins with the oldest entry that there is: nothing was missed.
  }

  let health = Health([
    .connected("postgres") { postgres.isConnected },
    .tokens(environment.verifier),
    // Without these two, riders go on with what was ordered; new orders wait.
    .connected("events", isRequired: false) { redis.isConnected },
    HealthCheck("order", isRequired: false) { orders.breakerState == .open ? "not answering" : nil },
  ])
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: environment.verifier)
  RiderRoutes(
    commands: RiderCommands(store: riders, pool: pool, dispatcher: dispatcher, metrics: metrics), polls: polls
  ).add(to: router)
  DeliveryRoutes(
    commands: DeliveryCommands(store: deliveries, pool: pool, dispatcher: dispatcher, metrics: metrics), store: deliveries
  ).add(to: router)
  RepublishRoutes(republisher: republisher, prefixes: ["rider.", "delivery."]).add(to: router)
  EventTrailRoutes(trail: EventTrail(redis: redis, service: "rider")).add(to: router)
  ConsumerRoutes(deadLetters: DeadLetters(redis: redis, group: "rider")).add(to: router)
  ConfigurationRoutes(runtime).add(to: router)

  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [postgres, redis, runtime, orders, relay, republisher, positions, polls, dispatcher, consumer],
    announcements: [try Registration(environment, health: health, redis: redis)],
    eventLoopGroup: loops, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// The database's history; a step that was released never changes.
let riderMigrations = [
  PostgresMigration(
    number: 1, name: "create_deliveries", sql: String(decoding: PackageResources._01_create_deliveries_sql, as: UTF8.self)),
  Outbox.migration(number: 2),
]
