import ServiceDefaults
import Discovery
import Logging
import Redis
import ServiceClient
import ServiceLifecycle
import Web

/// Resolves the addresses of each service by the method that its `<service>.url` setting names: fixed, DNS or registry.
struct ServiceLocations: ServiceResolver, Service {
  private let resolvers: [String: any ServiceResolver]

  /// - Parameter registry: the `events` Redis.
  /// - Throws: `SettingsError` that names the key.
  init(_ services: [String], _ settings: Settings, registry: RedisClient, logger: Logger) throws(SettingsError) {
    var resolvers: [String: any ServiceResolver] = [:]
    for service in services {
      let key = "\(service.map { $0 == "-" ? "." : String($0) }.joined()).url"
      guard let location = ServiceLocation(try settings.string(key)),
        let resolver = location.resolver(for: service, redis: registry, logger: logger)
      else {
        throw settings.error(key, "must be a URL such as http://127.0.0.1:8101, dns://shop.local:8101, or registry://shop")
      }
      resolvers[service] = resolver
    }
    self.resolvers = resolvers
  }

  func addresses(of service: String) async throws -> [ServiceAddress] {
    guard let resolver = resolvers[service] else {
      throw ServiceClientError(service: service, code: .unresolved, detail: "no address is configured")
    }
    return try await resolver.addresses(of: service)
  }

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for case let resolver as any Service in resolvers.values { group.addTask { try await resolver.run() } }
      try? await gracefulShutdown()
      try await group.waitForAll()
    }
  }
}
