/// PostgreSQL, both Redis servers, `shop` and `shop-listing` on free ports.
public struct ServiceStack: Sendable {
  public let postgres: PostgresServer
  public let events: RedisServer
  public let cache: RedisServer
  public let shop: ServiceProcess
  public let listing: ServiceProcess
  /// The settings of both services.
  public let environment: [String: String]

  public static func start() async throws -> ServiceStack {
    let postgres = try await PostgresServer()
    try await postgres.createDatabase(named: "shop")
    let events = try await RedisServer(.events)
    let cache = try await RedisServer(.cache)
    // The tests' servers accept any password.
    let environment = [
      "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_USER": postgres.user, "POSTGRES_PASSWORD": "any",
      "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
      "CACHE_REDIS_PORT": "\(cache.port)", "CACHE_REDIS_USER": "default", "CACHE_REDIS_PASSWORD": "any",
    ]
    let shop = try await ServiceProcess("shop", environment: environment.merging(["INSTANCE": "shop-1"]) { $1 })
    let listing = try await ServiceProcess(
      "shop-listing", environment: environment.merging(["INSTANCE": "shop-listing-1", "SHOP_URL": shop.url]) { $1 })
    return ServiceStack(
      postgres: postgres, events: events, cache: cache, shop: shop, listing: listing, environment: environment)
  }

  /// Stops all services and servers gracefully.
  public func stop() async throws {
    try await listing.stop()
    try await shop.stop()
    try await events.stop()
    try await cache.stop()
    try await postgres.stop()
  }
}
