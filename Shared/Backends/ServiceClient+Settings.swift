public import ServiceClient
public import Web

extension ServiceClient {
  /// The key of another service's address: `shop.url`.
  /// - Parameter port: the port that the service has by default.
  public static func setting(_ service: String, port: Int) -> Setting {
    Setting("\(service.key).url", default: "http://127.0.0.1:\(port)", "where the \(service) service is")
  }

  /// A client of the service that ``setting(_:port:)`` tells the address of.
  /// - Throws: `SettingsError` that names the key.
  public convenience init(
    _ service: String, configuration: ServiceClientConfiguration = .init(), for environment: ServiceEnvironment
  ) throws(SettingsError) {
    let key = "\(service.key).url"
    guard let address = ServiceAddress(try environment.settings.string(key)) else {
      throw environment.settings.error(key, "must be a URL such as http://127.0.0.1:8101")
    }
    self.init(
      service: service, resolver: StaticResolver([service: address]), configuration: configuration,
      identity: ServiceIdentity.of(environment.name), eventLoopGroup: environment.eventLoopGroup, logger: environment.logger)
  }
}

/// What a service says of itself when it calls another, until the identity service issues tokens.
public enum ServiceIdentity {
  private static let numbers = [
    "shop": 8101, "order": 8102, "payment": 8103, "rider": 8104, "review": 8105, "shop-listing": 8201, "order-history": 8202,
    "payment-provider": 8301,
  ]

  /// `service:<uuid>`
  public static func of(_ service: String) -> String {
    "service:00000000-0000-7000-8000-00000000\(numbers[service] ?? 8000)"
  }
}

extension String {
  /// The words of a key stand between dots.
  fileprivate var key: String { String(map { $0 == "-" ? "." : $0 }) }
}
