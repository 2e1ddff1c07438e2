import Auth
import Backends
import Discovery
import Hummingbird
import Logging
import Redis
import RuntimeConfiguration
import ServiceClient
import ServiceLifecycle
import Web

/// The one place that puts the service together.
func buildGateway(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, loops, logger) = (environment.settings, environment.eventLoopGroup, environment.logger)
  FileDescriptors.raiseLimit()
  guard let verifier = environment.verifier else { throw settings.error("auth.keys.url", "is not a declared key") }
  let table = RouteTable.standard
  let events = RedisClient(
    configuration: try RedisConfiguration(settings, .events, clientName: environment.instance), eventLoopGroup: loops,
    logger: logger)
  let cache = RedisClient(
    configuration: try RedisConfiguration(settings, .cache, clientName: environment.instance), eventLoopGroup: loops,
    logger: logger)
  let runtime = RuntimeConfiguration(environment, redis: events)
  let locations = try ServiceLocations(table.serviceNames, settings, registry: events, logger: logger)
  let gateway = Gateway(
    try GatewayConfiguration(settings), resolver: locations, services: table.serviceNames, redis: cache,
    authenticator: verifier, eventLoopGroup: loops, logger: logger)
  try gateway.follow(runtime)

  let health = Health(
    [
      .tokens(verifier),
      // Without it every gateway counts requests for itself.
      .connected("cache", isRequired: false) { cache.isConnected },
      // Without it the last known addresses are used.
      .connected("events", isRequired: false) { events.isConnected },
    ]
      + table.serviceNames.map { name in
        HealthCheck("service \(name)", isRequired: false) {
          gateway.upstreams[name]?.breakerState == .open ? "not answering" : nil
        }
      })
  let router = Router.service(
    health: health, openAPI: PackageResources.openapi_yaml, authenticator: verifier
  ) { gateway.addRoutes(to: $0, table: table) }
  ConfigurationRoutes(runtime).add(to: router)
  return WebApplication(
    router: router, health: health, configuration: environment.web,
    services: [events, cache, runtime, locations, gateway.service],
    announcements: [try Registration(environment, health: health, redis: events)],
    channel: gateway.channel, eventLoopGroup: loops, logger: logger, unavailability: Unavailability.retryAfterSeconds)
}
