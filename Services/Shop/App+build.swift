import Backends
import Discovery
import Documents
import Events
import Hummingbird
import Idempotency
import Operations
import Postgres
import Redis
import Web

/// The one place that puts the service together.
func buildShop(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let logger = environment.logger
  let postgres = PostgresClient(
    configuration: try PostgresConfiguration(environment.settings, applicationName: environment.instance), logger: logger)
  let redis = RedisClient(
    configuration: try RedisConfiguration(environment.settings, .events, clientName: environment.instance),
    eventLoopGroup: environment.eventLoopGroup, logger: logger)
  try await postgres.migrateWhenReachable(shopMigrations, logger: logger)

  let relay = OutboxRelay(
    configuration: .init(service: "shop", instance: environment.instance), postgres: postgres, redis: redis, logger: logger)
  let store = PostgresShopStore(postgres: postgres, committed: { relay.wake() })
  let republisher = Republisher(source: store, postgres: postgres, relay: relay, logger: logger)

  let health = Health([
    .connected("postgres") { postgres.isConnected },
    .tokens(environment.verifier),
    // Without it shops can still be changed; their events wait in the outbox.
    .connected("events", isRequired: false) { redis.isConnected },
  ])
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: environment.verifier)
  ShopRoutes(store: store).add(to: router)
  VersionRoutes(of: "shops", store.versions(after:changedSince:limit:)).add(to: router)
  MenuRoutes(store: store).add(to: router)
  RepublishRoutes(republisher: republisher, prefixes: ["shop."]).add(to: router)
  EventTrailRoutes(trail: EventTrail(redis: redis, service: "shop")).add(to: router)

  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [postgres, redis, relay, republisher, IdempotencyKeyPurge(postgres: postgres, logger: logger)],
    announcements: [try Registration(environment, health: health, redis: redis)],
    eventLoopGroup: environment.eventLoopGroup, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// The database's history; a step that was released never changes.
let shopMigrations = [
  PostgresMigration(
    number: 1, name: "create_shops", sql: String(decoding: PackageResources._01_create_shops_sql, as: UTF8.self)),
  Outbox.migration(number: 2),
  IdempotencyKeys.migration(number: 3),
]
