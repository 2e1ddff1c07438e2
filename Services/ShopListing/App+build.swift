import Backends
import Callbacks
import Contracts
import Events
import Hummingbird
import HummingbirdCore
import NIOCore
import Operations
import Redis
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
  let shops = try ServiceClient("shop", for: environment)
  let source = CallbackSource<Shop>(client: shops, collection: "/shops")

  let readModel = ShopReadModel(redis: cache)
  let projection = ShopProjection(source: source, readModel: readModel)
  let reconciliation = ShopReconciliation(
    source: source, readModel: readModel, projection: projection, logger: logger)
  let reconciler = Reconciler(source: reconciliation, target: reconciliation, logger: logger)
  let consumer = ConsumerGroup(
    configuration: .init(sources: ["shop"], group: "shop-listing", consumer: environment.instance), redis: events,
    reader: eventsReader, handler: ShopEvents(projection: projection), logger: logger
  ) { reconciler.requestFull() }

  let reads = try await FastReads(redis: cache, eventLoopGroup: loops, cacheBytes: nearCacheBytes)
  var services: [any Service] = [events, cache, shops]
  if nearCacheBytes > 0 {
    let invalidation = RedisInvalidation(
      configuration: cacheConfiguration, prefixes: ReadModelKeys.prefixes, eventLoopGroup: loops, logger: logger
    ) { reads.receive($0) }
    reads.listen(to: invalidation)
    services.append(invalidation)
  }
  services += [consumer, reconciler, ReadModelMetrics(readModel: readModel, reads: reads)]

  let health = Health([
    .connected("cache") { cache.isConnected },
    HealthCheck("read model") { reconciliation.isKnownToBeBuilt ? nil : "being built" },
    // Without these two the listings that are there go on being served.
    .connected("events", isRequired: false) { events.isConnected },
    HealthCheck("shop", isRequired: false) { shops.breakerState == .open ? "not answering" : nil },
  ])
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml)
  ListingRoutes(redis: cache, eventLoopGroup: loops).add(to: router)
  ConsumerRoutes(reconcilers: [reconciler], deadLetters: DeadLetters(redis: events, group: "shop-listing")).add(to: router)

  let idleTimeout = TimeAmount(environment.web.idleTimeout)
  return WebApplication(
    router: router, health: health, configuration: environment.web, services: services,
    channel: HTTPServerBuilder { FastReadChannel(responder: $0, reads: reads, idleTimeout: idleTimeout) },
    eventLoopGroup: loops, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}
