import Persistence
import Auth
public import Events
import Hummingbird
import Idempotency
import AdminAPI
public import Postgres
import Redis
import ServiceCatalogue
public import Web

/// Puts a command service together: its database, its outbox and the relay that publishes it, republishing, and what
/// ``ServiceBuilder`` gives every service.
///
/// ```swift
/// let service = try CommandService(environment)
/// try await service.migrate(reviewMigrations)
/// let store = PostgresReviewStore(postgres: service.postgres, committed: service.committed)
/// service.republish(ReviewTable.self, RatingTable.self)
/// return try service.application(reviewRouter(store: store, health: service.health, authenticator: environment.verifier))
/// ```
public final class CommandService: ServiceBuilder {
  public let postgres: PostgresClient
  private let relay: OutboxRelay
  private var republisher: Republisher?

  /// Call it after a commit that wrote to the outbox: the relay publishes at once.
  public var committed: @Sendable () -> Void {
    let relay = relay
    return { relay.wake() }
  }

  /// - Throws: `SettingsError` that names the key.
  public init(_ environment: ServiceEnvironment) throws(SettingsError) {
    let events = try RedisClient(.events, for: environment)
    let postgres = try PostgresClient(for: environment)
    self.postgres = postgres
    relay = OutboxRelay(
      configuration: .init(service: environment.name, instance: environment.instance), postgres: postgres, redis: events,
      logger: environment.logger)
    try super.init(environment, events: events)
    parts.insert(postgres, at: 0)
    parts.append(relay)
    health.add(.connected("postgres") { postgres.isConnected })
    if let verifier = environment.verifier { health.add(.tokens(verifier)) }
  }

  /// Brings the database to the program's shape, waiting for as long as PostgreSQL is away. Where it keeps idempotency keys, old ones are
  /// removed from then on.
  ///
  /// - Throws: `PostgresError` if the migrations themselves can't be applied.
  public func migrate(_ migrations: [PostgresMigration]) async throws {
    try await postgres.migrateWhenReachable(migrations, logger: logger)
    if migrations.contains(where: { $0.series == IdempotencyKeys.series }) {
      run(IdempotencyKeyPurge(postgres: postgres, logger: logger))
    }
  }

  /// Has operators republish the aggregates of these tables: for a new subscriber, or after trouble.
  public func republish(_ tables: any AggregateTable.Type...) {
    let republisher = Republisher(tables, postgres: postgres, relay: relay, logger: logger)
    self.republisher = republisher
    run(republisher)
  }

  override func addAdminRoutes(to router: Router<ServiceRequestContext>) {
    if let republisher {
      RepublishRoutes(republisher: republisher, prefixes: service.publishes.map { "\($0)." }).add(to: router)
    }
    EventDeliveryRoutes(status: EventDeliveryStatus(redis: events, service: service.name)).add(to: router)
    super.addAdminRoutes(to: router)
  }
}
