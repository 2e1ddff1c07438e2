import Hummingbird
import ServiceClient
import ServiceDefaults
import Web

/// Constructs the service.
func buildGateway(_ environment: ServiceEnvironment) async throws -> WebApplication {
  let (settings, logger) = (environment.settings, environment.logger)
  FileDescriptors.raiseLimit()
  guard let verifier = environment.verifier else { throw settings.error("auth.keys.url", "is not a declared key") }
  let table = RouteTable.standard
  // Without the cache each gateway limits rates by itself; without the registry the last known addresses are used.
  let service = try QueryService(environment, needsCache: false)
  let locations = try ServiceLocations(table.serviceNames, settings, registry: service.events, logger: logger)
  let gateway = Gateway(
    try GatewayConfiguration(settings), resolver: locations, services: table.serviceNames, redis: service.cache,
    authenticator: verifier, eventLoopGroup: service.eventLoopGroup, logger: logger)
  try gateway.follow(service.runtime)
  service.run(locations, gateway.service)
  for name in table.serviceNames {
    service.health.add(
      HealthCheck("service \(name)", isRequired: false) {
        gateway.upstreams[name]?.breakerState == .open ? "the circuit breaker is open" : nil
      })
  }
  let router = try Router.service(
    health: service.health, openAPI: PackageResources.openapi_yaml, authenticator: verifier
  ) { gateway.addRoutes(to: $0, table: table) }
  return try service.application(router, channel: gateway.channel)
}
