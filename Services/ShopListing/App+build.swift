import Concurrency
import HummingbirdCore
import NIOCore
import ServiceDefaults
import Web

/// Constructs the service.
func buildShopListing(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let nearCacheBytes = try environment.settings.integer("near.cache.bytes", in: 0...1 << 34)
  let service = try QueryService(environment, needsTokens: false)
  let readModel = ShopReadModel(redis: service.cache)
  let shops = service.project(
    "shop", of: "shop", at: "/shops", into: readModel, marker: ReadModelKeys.shopsMarker(service.cache))
  _ = service.project(
    "rating", of: "review", at: "/ratings", parameter: "shopIds", into: RatingReadModel(redis: service.cache),
    marker: ReadModelKeys.ratingsMarker(service.cache))

  let caches = try await NearCaches(redis: service.cache, eventLoopGroup: service.eventLoopGroup, cacheBytes: nearCacheBytes)
  if nearCacheBytes > 0 {
    let invalidation = try service.invalidation(prefixes: ReadModelKeys.prefixes) { caches.receive($0) }
    caches.track(invalidation)
    service.run(invalidation)
  }
  let (readModelMetrics, nearCacheMetrics) = (ReadModelMetrics(readModel: readModel), NearCacheMetrics(caches: caches))
  service.run(
    PeriodicJob("measure the read model", every: .seconds(1), logger: service.logger, round: readModelMetrics.record),
    PeriodicJob("measure the near cache", every: .seconds(1), logger: service.logger, round: nearCacheMetrics.record))
  service.health.add(.built("read model", shops))

  let idleTimeout = TimeAmount(environment.web.idleTimeout)
  return try service.application(
    shopListingRouter(
      redis: service.cache, eventLoopGroup: service.eventLoopGroup, health: service.health, authenticator: environment.verifier),
    channel: HTTPServerBuilder { FastReadChannel(responder: $0, caches: caches, idleTimeout: idleTimeout) })
}
