import HummingbirdCore
import NIOCore
import ServiceDefaults
import Web

/// The one place that puts the service together.
func buildShopListing(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let nearCacheBytes = try environment.settings.integer("near.cache.bytes", in: 0...1 << 34)
  let service = try QueryService(environment, needsTokens: false)
  let readModel = ShopReadModel(redis: service.cache)
  let shops = service.project(
    "shop", of: "shop", at: "/shops", into: readModel, marker: ReadModelKeys.shopsMark(service.cache))
  _ = service.project(
    "rating", of: "review", at: "/ratings", parameter: "shopIds", into: RatingReadModel(redis: service.cache),
    marker: ReadModelKeys.ratingsMark(service.cache))

  let reads = try await FastReads(redis: service.cache, eventLoopGroup: service.eventLoopGroup, cacheBytes: nearCacheBytes)
  if nearCacheBytes > 0 {
    let invalidation = try service.invalidation(prefixes: ReadModelKeys.prefixes) { reads.receive($0) }
    reads.listen(to: invalidation)
    service.run(invalidation)
  }
  service.run(ReadModelMetrics(readModel: readModel, reads: reads))
  service.health.add(.built("read model", shops))

  let idleTimeout = TimeAmount(environment.web.idleTimeout)
  return try service.application(
    shopListingRouter(
      redis: service.cache, eventLoopGroup: service.eventLoopGroup, health: service.health, authenticator: environment.verifier),
    channel: HTTPServerBuilder { FastReadChannel(responder: $0, reads: reads, idleTimeout: idleTimeout) })
}
