/// The location of a Redis server, the user, and the client's limits.
public struct RedisConfiguration: Sendable {
  public var host: String
  public var port: Int
  /// The ACL user; nil for Redis's `default` user.
  public var user: String?
  /// Sent by `AUTH` on every connection; nil sends no `AUTH`.
  public var password: String?
  /// Shown by `CLIENT LIST`; no spaces.
  public var clientName: String
  /// The value of the metrics label `server`; by default `host:port`.
  public var server: String
  /// The limit of one attempt to connect, including the handshake.
  public var connectTimeout: Duration
  /// The deadline of a command when its caller names none.
  public var commandDeadline: Duration
  /// Replies that one connection may owe before further commands fail with ``RedisError/Code-swift.struct/queueFull``.
  public var queueLimit: Int
  /// How long a command waits for a reconnecting connection before it fails as unavailable.
  public var connectionWait: Duration
  /// How often a silent connection is pinged; it is closed after three to four intervals without a reply.
  public var heartbeat: Duration

  public init(
    host: String = "127.0.0.1",
    port: Int = 6379,
    user: String? = nil,
    password: String? = nil,
    clientName: String = "baedal",
    server: String? = nil,
    connectTimeout: Duration = .seconds(1),
    commandDeadline: Duration = .seconds(1),
    queueLimit: Int = 4096,
    connectionWait: Duration = .milliseconds(250),
    heartbeat: Duration = .seconds(1)
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.clientName = clientName
    self.server = server ?? "\(host):\(port)"
    self.connectTimeout = connectTimeout
    self.commandDeadline = commandDeadline
    self.queueLimit = queueLimit
    self.connectionWait = connectionWait
    self.heartbeat = heartbeat
  }
}
