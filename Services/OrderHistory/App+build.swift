import Auth
import Backends
import Callbacks
import Contracts
import Discovery
import Events
import Hummingbird
import Operations
import Redis
import RuntimeConfiguration
import ServiceClient
import ServiceLifecycle
import Web

/// The one place that puts the service together.
func buildOrderHistory(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, loops, logger) = (environment.settings, environment.eventLoopGroup, environment.logger)
  let eventsConfiguration = try RedisConfiguration(settings, .events, clientName: environment.instance)
  let cacheConfiguration = try RedisConfiguration(settings, .cache, clientName: environment.instance)

  let events = RedisClient(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  let eventsReader = RedisBlockingConnection(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  let cache = RedisClient(configuration: cacheConfiguration, eventLoopGroup: loops, logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: events)
  let orderService = try ServiceClient("order", registry: events, runtime: runtime, for: environment)
  let paymentService = try ServiceClient("payment", registry: events, runtime: runtime, for: environment)
  let riderService = try ServiceClient("rider", registry: events, runtime: runtime, for: environment)

  let orders = HistoryProjection<Order>(CallbackSource(client: orderService, collection: "/orders"), cache, logger)
  let payments = HistoryProjection<Payment>(CallbackSource(client: paymentService, collection: "/payments"), cache, logger)
  let deliveries = HistoryProjection<Delivery>(CallbackSource(client: riderService, collection: "/deliveries"), cache, logger)
  let reconcilers = [orders.reconciler, payments.reconciler, deliveries.reconciler]
  // What the rider service tells of riders themselves is of no interest here.
  let handler = EventDispatch(
    .init(source: "order", prefix: "order.", handler: orders.events),
    .init(source: "payment", prefix: "payment.", handler: payments.events),
    .init(source: "rider", prefix: "delivery.", handler: deliveries.events))
  let consumer = ConsumerGroup(
    configuration: .init(
      sources: ["order", "payment", "rider"], group: "order-history", consumer: environment.instance),
    redis: events, reader: eventsReader, handler: handler, logger: logger
  ) {
    for reconciler in reconcilers { reconciler.requestFull() }
  }

  let reader = HistoryReader(redis: cache)
  let hub = TrackingHub(reader: reader, logger: logger)
  let invalidation = RedisInvalidation(
    configuration: cacheConfiguration, prefixes: [HistoryKeys.orderPrefix], eventLoopGroup: loops, logger: logger
  ) { hub.receive($0) }

  let health = Health([
    .connected("cache") { cache.isConnected },
    .tokens(environment.verifier),
    HealthCheck("read model") { orders.reconciliation.isKnownToBeBuilt ? nil : "being built" },
    // Without these what is there goes on being served.
    .connected("events", isRequired: false) { events.isConnected },
    .connected("tracking", isRequired: false) { invalidation.isConnected },
    .answering(orderService), .answering(paymentService), .answering(riderService),
  ])
  let lookup = OrderLookup(reader: reader, orders: orders.projection)
  let router = orderHistoryRouter(lookup: lookup, hub: hub, health: health, authenticator: environment.verifier)
  ConsumerRoutes(reconcilers: reconcilers, deadLetters: DeadLetters(redis: events, group: "order-history")).add(to: router)
  ConfigurationRoutes(runtime).add(to: router)

  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [events, cache, runtime, orderService, paymentService, riderService, hub, invalidation, consumer] + reconcilers
      + [TrackingDrain(hub: hub, health: health)],
    announcements: [try Registration(environment, health: health, redis: events)],
    eventLoopGroup: loops, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// The service's own routes.
func orderHistoryRouter(
  lookup: OrderLookup, hub: TrackingHub, health: Health, authenticator: (any Authenticator)?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator)
  HistoryRoutes(reader: lookup.reader, lookup: lookup).add(to: router)
  TrackingRoutes(lookup: lookup, hub: hub).add(to: router)
  return router
}

extension HealthCheck {
  fileprivate static func answering(_ client: ServiceClient) -> HealthCheck {
    HealthCheck(client.service, isRequired: false) { client.breakerState == .open ? "not answering" : nil }
  }
}
