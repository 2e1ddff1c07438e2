public import Redis
public import Web

/// Which of the two Redis servers is meant: they have opposite policies.
public enum RedisRole: String, Sendable {
  /// Streams: durable, never evicts.
  case events
  /// Read models: may lose everything at any time.
  case cache

  fileprivate var standardPort: Int {
    switch self {
    case .events: 6379
    case .cache: 6380
    }
  }
}

extension RedisConfiguration {
  /// The keys of a service that uses one of the two servers.
  public static func settings(_ server: RedisRole, user: String) -> [Setting] {
    [
      Setting("\(server).redis.host", default: "127.0.0.1", "address of the Redis for \(server)"),
      Setting("\(server).redis.port", default: "\(server.standardPort)", "its port"),
      Setting("\(server).redis.user", default: user, "the service's ACL user there"),
      Setting("\(server).redis.password", default: nil, isSecret: true, "that user's password"),
    ]
  }

  /// - Throws: `SettingsError` that names the key.
  public init(_ settings: Settings, _ server: RedisRole, clientName: String) throws(SettingsError) {
    self.init(
      host: try settings.string("\(server).redis.host"), port: try settings.integer("\(server).redis.port", in: 1...65_535),
      user: try settings.string("\(server).redis.user"), password: try settings.string("\(server).redis.password"),
      clientName: clientName, server: server.rawValue)
  }
}

extension RedisClient {
  /// A client of one of the two servers.
  /// - Throws: `SettingsError` that names the key.
  public convenience init(_ server: RedisRole, for environment: ServiceEnvironment) throws(SettingsError) {
    self.init(
      configuration: try RedisConfiguration(environment.settings, server, clientName: environment.instance),
      eventLoopGroup: environment.eventLoopGroup, logger: environment.logger)
  }
}

extension RedisBlockingConnection {
  /// A connection of its own for reads that wait.
  /// - Throws: `SettingsError` that names the key.
  convenience init(_ server: RedisRole, for environment: ServiceEnvironment) throws(SettingsError) {
    self.init(
      configuration: try RedisConfiguration(environment.settings, server, clientName: environment.instance),
      eventLoopGroup: environment.eventLoopGroup, logger: environment.logger)
  }
}
