public import Auth
public import ServiceClient
public import Web

extension ServiceClient {
  /// The key of another service's address: `shop.url`.
  /// - Parameter port: the port that the service has by default.
  public static func setting(_ service: String, port: Int) -> Setting {
    Setting("\(service.key).url", default: "http://127.0.0.1:\(port)", "where the \(service) service is")
  }

  /// A client of the service that ``setting(_:port:)`` tells the address of.
  /// - Parameter credentials: for a service that doesn't know our tokens; by default those of the environment.
  /// - Throws: `SettingsError` that names the key.
  public convenience init(
    _ service: String, configuration: ServiceClientConfiguration = .init(), credentials: (any Credentials)? = nil,
    for environment: ServiceEnvironment
  ) throws(SettingsError) {
    guard let credentials = credentials ?? environment.credentials else {
      throw environment.settings.error("auth.client.secret", "is not a declared key")
    }
    let key = "\(service.key).url"
    guard let address = ServiceAddress(try environment.settings.string(key)) else {
      throw environment.settings.error(key, "must be a URL such as http://127.0.0.1:8101")
    }
    self.init(
      service: service, resolver: StaticResolver([service: address]), configuration: configuration,
      credentials: credentials, eventLoopGroup: environment.eventLoopGroup, logger: environment.logger)
  }
}

extension String {
  /// The words of a key stand between dots.
  fileprivate var key: String { String(map { $0 == "-" ? "." : $0 }) }
}
