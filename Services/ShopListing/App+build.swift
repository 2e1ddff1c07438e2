import Backends
import Callbacks
import Contracts
import Discovery
import Events
import Hummingbird
import HummingbirdCore
import NIOCore
import Operations
import Redis
import RuntimeConfiguration
import ServiceClient
import ServiceLifecycle
import Web

/// The one place that puts the service together.
func buildShopListing(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, loops, logger) = (environment.settings, environment.eventLoopGroup, environment.logger)
  let eventsConfiguration = try RedisConfiguration(settings, .events, clientName: environment.instance)
  let cacheConfiguration = try RedisConfiguration(settings, .cache, clientName: environment.instance)
  let nearCacheBytes = try settings.integer("near.cache.bytes", in: 0...1 << 34)

  let events = RedisClient(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  let eventsReader = RedisBlockingConnection(configuration: eventsConfiguration, eventLoopGroup: loops, logger: logger)
  let cache = RedisClient(configuration: cacheConfiguration, eventLoopGroup: loops, logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: events)
  let shops = try ServiceClient("shop", registry: events, runtime: runtime, for: environment)
  let reviews = try ServiceClient("review", registry: events, runtime: runtime, for: environment)

  let readModel = ShopReadModel(redis: cache)
  let listing = Projection(source: CallbackSource<Shop>(client: shops, collection: "/shops"), readModel: readModel)
  let rating = Projection(
    source: CallbackSource<ShopRating>(client: reviews, collection: "/ratings", parameter: "shopIds"),
    readModel: RatingReadModel(redis: cache))
  let reconciliation = ProjectionReconciliation(projection: listing, mark: ReadModelKeys.shopsMark(cache), logger: logger)
  let ratingReconciliation = ProjectionReconciliation(
    projection: rating, mark: ReadModelKeys.ratingsMark(cache), logger: logger)
  let reconciler = Reconciler(source: reconciliation, target: reconciliation, logger: logger)
  let ratingReconciler = Reconciler(source: ratingReconciliation, target: ratingReconciliation, logger: logger)
  let handler = EventDispatch(
    .init(source: "shop", prefix: "shop.", handler: ProjectionEvents(projection: listing, service: "shop-listing")),
    .init(source: "review", prefix: "rating.", handler: ProjectionEvents(projection: rating, service: "shop-listing")))
  let consumer = ConsumerGroup(
    configuration: .init(sources: ["shop", "review"], group: "shop-listing", consumer: environment.instance), redis: events,
    reader: eventsReader, handler: handler, logger: logger
  ) {
    reconciler.requestFull()
    ratingReconciler.requestFull()
  }

  let reads = try await FastReads(redis: cache, eventLoopGroup: loops, cacheBytes: nearCacheBytes)
  var services: [any Service] = [events, cache, runtime, shops, reviews]
  if nearCacheBytes > 0 {
    let invalidation = RedisInvalidation(
      configuration: cacheConfiguration, prefixes: ReadModelKeys.prefixes, eventLoopGroup: loops, logger: logger
    ) { reads.receive($0) }
    reads.listen(to: invalidation)
    services.append(invalidation)
  }
  services += [consumer, reconciler, ratingReconciler, ReadModelMetrics(readModel: readModel, reads: reads)]

  let health = Health([
    .connected("cache") { cache.isConnected },
    HealthCheck("read model") { reconciliation.isKnownToBeBuilt ? nil : "being built" },
    // Without these the listings that are there go on being served.
    .connected("events", isRequired: false) { events.isConnected },
    .tokens(environment.verifier, isRequired: false),
    HealthCheck("shop", isRequired: false) { shops.breakerState == .open ? "not answering" : nil },
    HealthCheck("review", isRequired: false) { reviews.breakerState == .open ? "not answering" : nil },
  ])
  let router = Router.service(
    health: health, openAPI: PackageResources.openapi_yaml, authenticator: environment.verifier
  ) { router in
    ListingRoutes(redis: cache, eventLoopGroup: loops).add(to: router)
  }
  ConsumerRoutes(
    reconcilers: [reconciler, ratingReconciler], deadLetters: DeadLetters(redis: events, group: "shop-listing")
  ).add(to: router)
  ConfigurationRoutes(runtime).add(to: router)

  let idleTimeout = TimeAmount(environment.web.idleTimeout)
  return WebApplication(
    router: router, health: health, configuration: environment.web, services: services,
    announcements: [try Registration(environment, health: health, redis: events)],
    channel: HTTPServerBuilder { FastReadChannel(responder: $0, reads: reads, idleTimeout: idleTimeout) },
    eventLoopGroup: loops, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}
