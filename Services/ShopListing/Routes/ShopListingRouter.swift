import Auth
import Hummingbird
import NIOCore
import Redis
import Web

/// The service's routes and those that every service has.
func shopListingRouter(
  redis: RedisClient, eventLoopGroup: any EventLoopGroup, health: Health, authenticator: TokenVerifier?
) throws -> Router<ServiceRequestContext> {
  try Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator) { router in
    ListingRoutes(redis: redis, eventLoopGroup: eventLoopGroup).add(to: router)
  }
}
