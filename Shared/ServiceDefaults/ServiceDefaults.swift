import Discovery
import Postgres
import Redis
import ServiceCatalogue
import ServiceClient
public import Web

/// The settings that a service has because of what the catalogue says of it.
public enum ServiceDefaults {
  /// How a client of another service is set up; each of these may be changed while the service runs.
  public struct ClientDefaults: Sendable {
    public var deadline: String
    public var bulkhead: Int
    public var failures: Int

    public init(deadline: String = "2s", bulkhead: Int = 64, failures: Int = 5) {
      self.deadline = deadline
      self.bulkhead = bulkhead
      self.failures = failures
    }
  }

  /// The keys for a service's database, both Redis servers, tokens, clients and registration, as far as it has them.
  /// - Parameter clients: what differs from the usual defaults, by the called service's name.
  public static func settings(_ name: String, clients: [String: ClientDefaults] = [:]) -> [Setting] {
    let service = CataloguedService.named(name)
    var settings: [Setting] = []
    if let database = service.database { settings += PostgresConfiguration.settings(database: database) }
    settings += RedisConfiguration.settings(.events, user: name)
    if service.kind == .query || service.kind == .gateway { settings += RedisConfiguration.settings(.cache, user: name) }
    if service.verifiesTokens { settings += AuthSettings.verification }
    if !service.calls.isEmpty { settings += AuthSettings.calls }
    for peer in service.calls {
      let defaults = clients[peer] ?? ClientDefaults()
      settings += ServiceClient.settings(
        peer, port: CataloguedService.named(peer).port, deadline: defaults.deadline, bulkhead: defaults.bulkhead,
        failures: defaults.failures)
    }
    if service.kind == .gateway {
      settings += ServiceCatalogue.standard.upstreams.map { ServiceClient.setting($0.name, port: $0.port) }
    }
    return settings + Registration.settings
  }
}
