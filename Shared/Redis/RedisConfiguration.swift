/// Where a Redis server is, who asks, and how long anything may take.
public struct RedisConfiguration: Sendable {
  public var host: String
  public var port: Int
  /// The ACL user; nil is Redis's `default` user.
  public var user: String?
  /// Sent by `AUTH` on every connection; nil sends no `AUTH`.
  public var password: String?
  /// Shown by `CLIENT LIST`; no spaces.
  public var clientName: String
  /// The value of the metrics label `server`, `host:port` unless said otherwise.
  public var server: String
  /// How long one attempt at TCP connect and greeting may take.
  public var connectTimeout: Duration
  /// How long a command may take when its caller names no deadline.
  public var commandDeadline: Duration
  /// Replies that one connection may owe before further commands are refused with ``RedisError/Code-swift.struct/queueFull``.
  public var queueLimit: Int
  /// How long a command waits for a connection that is being made again, before it fails as unavailable.
  public var connectionWait: Duration
  /// How often a silent connection is asked whether it lives; it is closed after three to four times that without an answer.
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
