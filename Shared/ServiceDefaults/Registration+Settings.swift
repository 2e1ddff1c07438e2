public import Discovery
public import Redis
public import RuntimeConfiguration
import ServiceClient
public import Web

extension Registration {
  /// The keys of a service that others find in the registry.
  public static let settings = [
    Setting(
      "registry.address", default: nil, isRequired: false,
      "where others reach this process, as the registry tells them; http://<address>:<port> that it listens on if not set")
  ]

  /// The registration of a service that ``settings`` belong to; it stands for as long as the service is ready.
  /// - Parameter redis: the `events` server.
  /// - Throws: `SettingsError` that names the key.
  public init(_ environment: ServiceEnvironment, health: Health, redis: RedisClient) throws(SettingsError) {
    var told: ServiceAddress?
    if let text = try environment.settings.optionalString("registry.address") {
      guard let address = ServiceAddress(text) else {
        throw environment.settings.error("registry.address", "must be a URL such as http://10.0.0.7:8101")
      }
      told = address
    }
    let host = Self.host(environment.web.host)
    self.init(service: environment.name, instance: environment.instance, redis: redis, logger: environment.logger) { [told] in
      guard let port = await health.readyPort() else { return nil }
      return told ?? ServiceAddress("http://\(host):\(port)")
    }
  }

  /// Who listens on all addresses is reached by the machine's name.
  private static func host(_ listening: String) -> String {
    if listening == "0.0.0.0" || listening == "::" { return ServiceMain.hostName() }
    return listening.contains(":") ? "[\(listening)]" : listening
  }
}

extension RuntimeConfiguration {
  /// The settings of the environment's service that may change while it runs.
  /// - Parameter redis: the `events` server.
  public convenience init(_ environment: ServiceEnvironment, redis: RedisClient) {
    self.init(service: environment.name, settings: environment.settings, redis: redis, logger: environment.logger)
  }
}
