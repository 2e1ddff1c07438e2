public import Auth
import Discovery
public import Redis
public import RuntimeConfiguration
public import ServiceClient
public import Web

extension ServiceClient {
  /// The key of another service's address: `shop.url`.
  /// - Parameter port: the port that the service has by default.
  public static func setting(_ service: String, port: Int) -> Setting {
    Setting(
      "\(service.key).url", default: "http://127.0.0.1:\(port)",
      "where the \(service) service is: http://host:port, dns://name:port, or registry://service")
  }

  /// The keys of a client of another service: ``setting(_:port:)``, and how patient the client is, which may change at run time.
  /// - Parameter deadline: `nil` for a service that has a key of its own for it, which may not.
  public static func settings(
    _ service: String, port: Int, deadline: String? = "2s", bulkhead: Int = 64, failures: Int = 5
  ) -> [Setting] {
    let patience = deadline.map { deadline in
      Setting(
        "\(service.key).deadline", default: deadline,
        "how long a call of the \(service) service may take, its repetitions included")
    }
    return [setting(service, port: port)] + (patience.map { [$0] } ?? []) + [
      Setting("\(service.key).bulkhead", default: "\(bulkhead)", "calls of the \(service) service that may be under way at once"),
      Setting(
        "\(service.key).breaker.failures", default: "\(failures)",
        "failures in a row after which the \(service) service is left alone for a moment"),
    ]
  }

  /// A client of the service that ``setting(_:port:)`` tells the address of.
  /// - Parameters:
  ///   - credentials: for a service that doesn't know our tokens; by default those of the environment.
  ///   - registry: Redis `events`, for an address `registry://service`.
  /// - Throws: `SettingsError` that names the key.
  public convenience init(
    _ service: String, configuration: ServiceClientConfiguration = .init(), credentials: (any Credentials)? = nil,
    registry: RedisClient? = nil, for environment: ServiceEnvironment
  ) throws(SettingsError) {
    guard let credentials = credentials ?? environment.credentials else {
      throw environment.settings.error("auth.client.secret", "is not a declared key")
    }
    let key = "\(service.key).url"
    guard let location = ServiceLocation(try environment.settings.string(key)) else {
      throw environment.settings.error(
        key, "must be a URL such as http://127.0.0.1:8101, dns://shop.local:8101, or registry://shop")
    }
    guard let resolver = location.resolver(for: service, redis: registry, logger: environment.logger) else {
      throw environment.settings.error(key, "can't be in the registry, for this service has no Redis to look into")
    }
    self.init(
      service: service, resolver: resolver, configuration: configuration, credentials: credentials,
      eventLoopGroup: environment.eventLoopGroup, logger: environment.logger)
  }

  /// A client whose ``settings(_:port:deadline:bulkhead:failures:)`` may change while it runs.
  public convenience init(
    _ service: String, registry: RedisClient, runtime: RuntimeConfiguration, for environment: ServiceEnvironment
  ) throws(SettingsError) {
    try self.init(service, registry: registry, for: environment)
    let deadline = try runtime.duration("\(service.key).deadline", in: .milliseconds(50)...(.seconds(30))) { [weak self] value in
      self?.configure { $0.deadline = value }
    }
    configure { $0.deadline = deadline.value }
    try follow(runtime, keys: service.key)
  }

  /// Has the bulkhead and the breaker follow the settings `<keys>.bulkhead` and `<keys>.breaker.failures`.
  public func follow(_ runtime: RuntimeConfiguration, keys: String) throws(SettingsError) {
    let bulkhead = try runtime.integer("\(keys).bulkhead", in: 1...ServiceClientConfiguration.largestBulkhead) {
      [weak self] value in
      self?.configure { $0.bulkhead = value }
    }
    let failures = try runtime.integer("\(keys).breaker.failures", in: 1...1000) { [weak self] value in
      self?.configure { $0.breaker.failureThreshold = value }
    }
    configure {
      $0.bulkhead = bulkhead.value
      $0.breaker.failureThreshold = failures.value
    }
  }
}

extension String {
  /// The words of a key stand between dots.
  fileprivate var key: String { String(map { $0 == "-" ? "." : $0 }) }
}
