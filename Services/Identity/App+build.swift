import Auth
import Backends
import Contracts
import Discovery
import Events
import Hummingbird
import Logging
import Operations
import Postgres
import Redis
import RuntimeConfiguration
import Web

/// The one place that puts the service together.
func buildIdentity(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, logger) = (environment.settings, environment.logger)
  let postgres = PostgresClient(
    configuration: try PostgresConfiguration(settings, applicationName: environment.instance), logger: logger)
  let redis = RedisClient(
    configuration: try RedisConfiguration(settings, .events, clientName: environment.instance),
    eventLoopGroup: environment.eventLoopGroup, logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: redis)
  let relay = OutboxRelay(
    configuration: .init(
      service: "identity", instance: environment.instance, busyRate: 150, busyPause: .milliseconds(15)),
    postgres: postgres, redis: redis, logger: logger)

  let parts = try IdentityParts(settings, runtime, postgres: postgres, logger: logger, committed: { relay.wake() })
  let verifier = try parts.verifier(settings, logger: logger)
  try await postgres.migrateWhenReachable(identityMigrations, logger: logger)
  guard try await parts.keys.prepare() else {
    throw settings.error("keys.encryption.secret", "is not what the stored keys were encrypted with")
  }
  try await registerFirstOperator(settings, parts.membership, logger: logger)

  let republisher = Republisher(source: parts.accounts, postgres: postgres, relay: relay, logger: logger)
  let health = Health([
    .connected("postgres") { postgres.isConnected },
    // Without it everybody is let in; the events wait in the outbox.
    .connected("events", isRequired: false) { redis.isConnected },
  ])
  let router = identityRouter(parts, health: health, authenticator: verifier)
  RepublishRoutes(republisher: republisher, prefixes: ["account."]).add(to: router)
  EventTrailRoutes(trail: EventTrail(redis: redis, service: "identity")).add(to: router)
  ConfigurationRoutes(runtime).add(to: router)

  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [
      postgres, redis, runtime, relay, republisher, parts.passwords, parts.keys, verifier,
      SessionPurge(postgres: postgres, logger: logger),
    ],
    announcements: [try Registration(environment, health: health, redis: redis)],
    eventLoopGroup: environment.eventLoopGroup, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}

/// The service's own routes.
func identityRouter(
  _ parts: IdentityParts, health: Health, authenticator: (any Authenticator)?
) -> Router<ServiceRequestContext> {
  let router = Router.service(health: health, openAPI: PackageResources.openapi_yaml, authenticator: authenticator) { open in
    SessionRoutes(signIn: parts.signIn, sessions: parts.sessions, issuer: parts.issuer, address: parts.address).add(to: open)
    TokenRoutes(clients: parts.clients, issuer: parts.issuer).add(to: open)
    KeyRoutes(keys: parts.keys).add(to: open)
  }
  AccountRoutes(store: parts.accounts, membership: parts.membership, address: parts.address).add(to: router)
  KeyRotationRoutes(keys: parts.keys).add(to: router)
  return router
}

/// Somebody must be able to make operators: the first one comes from the settings.
private func registerFirstOperator(_ settings: Settings, _ membership: Membership, logger: Logger) async throws {
  let account = NewAccount(
    email: AccountRules.normalized(email: try settings.string("operator.email")),
    password: try settings.string("operator.password"), name: "operator", role: .operator)
  for violation in AccountRules.violations(of: account) {
    throw settings.error("operator.\(violation.pointer.dropFirst())", violation.detail)
  }
  if try await membership.registerFirstOperator(account) {
    logger.notice("The first operator was registered.", metadata: ["email": "\(account.email)"])
  }
}

/// The database's history; a step that was released never changes.
let identityMigrations = [
  PostgresMigration(
    number: 1, name: "create_accounts", sql: String(decoding: PackageResources._01_create_accounts_sql, as: UTF8.self)),
  Outbox.migration(number: 2),
  // The only table here that an auditor reads; nobody but the owner and the auditor can connect.
  PostgresMigration(number: 3, name: "show_outbox", sql: "GRANT SELECT ON outbox TO PUBLIC"),
]
