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
func buildOrder(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, loops, logger) = (environment.settings, environment.eventLoopGroup, environment.logger)
  let checkout = try CheckoutConfiguration(settings)
  let postgres = PostgresClient(
    configuration: try PostgresConfiguration(settings, applicationName: environment.instance), logger: logger)
  let redisConfiguration = try RedisConfiguration(settings, .events, clientName: environment.instance)
  let redis = RedisClient(configuration: redisConfiguration, eventLoopGroup: loops, logger: logger)
  let reader = RedisBlockingConnection(configuration: redisConfiguration, eventLoopGroup: loops, logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: redis)
  let shops = try ServiceClient("shop", registry: redis, runtime: runtime, for: environment)
  let payments = try ServiceClient("payment", registry: redis, runtime: runtime, for: environment)
  let riders = try ServiceClient("rider", registry: redis, runtime: runtime, for: environment)
  let deadlines = try CheckoutConfiguration.deadlines(runtime)
  let isOpen = try runtime.bool("orders.open")
  try await postgres.migrateWhenReachable(orderMigrations, logger: logger)

  let copy = Projection(
    source: CallbackSource<Shop>(client: shops, collection: "/shops"), readModel: PostgresShopCopy(postgres: postgres))
  let reconciliation = ProjectionReconciliation(
    projection: copy, mark: PostgresBuildMark(postgres: postgres, builder: environment.instance), logger: logger)
  let reconciler = Reconciler(source: reconciliation, target: reconciliation, logger: logger)

  let relay = OutboxRelay(
    configuration: .init(
      service: "order", instance: environment.instance, busyRate: 150, busyPause: .milliseconds(15)),
    postgres: postgres, redis: redis, logger: logger)
  let clock = try await SagaClock(postgres: postgres, logger: logger)
  let schedule = SagaSchedule(clock: clock, configuration: checkout, deadlines: deadlines) {
    max(payments.configuration.deadline, riders.configuration.deadline)
  }
  let sagas = SagaQueue(limit: checkout.concurrency)
  let store = PostgresOrderStore(
    postgres: postgres, metrics: OrderMetrics(), committed: { relay.wake() }, sagaMoved: { sagas.wake($0) },
    knowsShops: { reconciliation.isKnownToBeBuilt }, isOpen: { isOpen.value })
  let republisher = Republisher(source: store, postgres: postgres, relay: relay, logger: logger)

  let sagaStore = SagaStore(postgres: postgres, orders: store)
  let steps = CheckoutSteps(
    store: sagaStore, payments: HTTPPaymentParticipant(client: payments), deliveries: HTTPDeliveryParticipant(client: riders),
    schedule: schedule, metrics: SagaMetrics())
  let orchestrator = CheckoutOrchestrator(steps: steps, queue: sagas, logger: logger)
  let deliveries = CallbackSource<DeliverySeen>(client: riders, collection: "/deliveries")
  let handler = EventDispatch(
    .init(source: "shop", prefix: "shop.", handler: ProjectionEvents(projection: copy, service: "order")),
    .init(source: "payment", prefix: "payment.", handler: PaymentEvents(store: sagaStore) { sagas.wake($0) }),
    .init(source: "rider", prefix: "delivery.", handler: DeliveryEvents(source: deliveries, checkouts: steps) { sagas.wake($0) }))
  let consumer = ConsumerGroup(
    configuration: .init(sources: ["shop", "payment", "rider"], group: "order", consumer: environment.instance), redis: redis,
    reader: reader, handler: handler, logger: logger
  ) { reconciler.requestFull() }

  let health = Health([
    .connected("postgres") { postgres.isConnected },
    .tokens(environment.verifier),
    HealthCheck("shops") { reconciliation.isKnownToBeBuilt ? nil : "being copied" },
    // Without these orders can still be placed; what follows on them waits.
    .connected("events", isRequired: false) { redis.isConnected },
    HealthCheck("shop", isRequired: false) { shops.breakerState == .open ? "not answering" : nil },
    HealthCheck("payment", isRequired: false) { payments.breakerState == .open ? "not answering" : nil },
    HealthCheck("rider", isRequired: false) { riders.breakerState == .open ? "not answering" : nil },
  ])
  let router = orderRouter(
    store: store, schedule: schedule, postgres: postgres, health: health, authenticator: environment.verifier)
  RepublishRoutes(republisher: republisher, prefixes: ["order."]).add(to: router)
  EventTrailRoutes(trail: EventTrail(redis: redis, service: "order")).add(to: router)
  ConsumerRoutes(reconcilers: [reconciler], deadLetters: DeadLetters(redis: redis, group: "order")).add(to: router)
  ConfigurationRoutes(runtime).add(to: router)

  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [
      postgres, redis, runtime, shops, payments, riders, relay, republisher,
      IdempotencyKeyPurge(postgres: postgres, logger: logger), clock, orchestrator, reconciler, consumer,
    ],
    announcements: [try Registration(environment, health: health, redis: redis)],
    eventLoopGroup: loops, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// The service's own routes.
func orderRouter(
  store: any OrderStore, schedule: SagaSchedule, postgres: PostgresClient, health: Health, authenticator: (any Authenticator)?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  OrderRoutes(store: store, plan: schedule).add(to: router)
  OrderCommandRoutes(store: store, plan: schedule).add(to: router)
  SagaRoutes(postgres: postgres, schedule: schedule).add(to: router)
  return router
}

/// The database's history; a step that was released never changes.
let orderMigrations = [
  PostgresMigration(
    number: 1, name: "create_orders", sql: String(decoding: PackageResources._01_create_orders_sql, as: UTF8.self)),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
