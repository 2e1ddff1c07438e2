/// Where and how a service listens.
public struct WebConfiguration: Sendable {
  /// 1 MB; a larger body is rejected with 413.
  public static let maximumBodyBytes = 1_048_576
  /// 32 KB of request line and headers; more is rejected with 431. A batch read has up to 500 ids in its request line, which are
  /// 18 KB.
  public static let maximumHeaderBytes = 32_768

  public var host: String
  /// 0 for any free port.
  public var port: Int
  /// The number of event loops, each with a thread.
  public var threads: Int
  /// How long a connection may be idle.
  public var idleTimeout: Duration
  /// Between "not ready" and the end of listening.
  public var drainDelay: Duration
  /// How long requests in flight may continue after the end of listening.
  public var drainLimit: Duration

  public init(
    host: String = "127.0.0.1", port: Int, threads: Int = 1, idleTimeout: Duration = .seconds(60),
    drainDelay: Duration = .zero, drainLimit: Duration = .seconds(10)
  ) {
    self.host = host
    self.port = port
    self.threads = threads
    self.idleTimeout = idleTimeout
    self.drainDelay = drainDelay
    self.drainLimit = drainLimit
  }

  /// The keys of every service.
  public static func settings(port: Int) -> [Setting] {
    [
      Setting("http.host", default: "127.0.0.1", "address to listen on; 0.0.0.0 for all"),
      Setting("http.port", default: "\(port)", "TCP port to listen on; 0 for any free port"),
      Setting("http.threads", default: "1", "event loop threads"),
      Setting("http.drain.delay", default: "0", "milliseconds between \"not ready\" and the end of listening, when stopping"),
      Setting("http.drain.limit", default: "10000", "milliseconds that requests in flight may take when stopping"),
      Setting("log.level", default: "info", "trace, debug, info, notice, warning, error or critical"),
      Setting(
        "instance", default: nil, isRequired: false, "stable name of this instance; host name and port if not set"),
    ]
  }

  /// - Throws: ``SettingsError`` that names the key.
  public init(_ settings: Settings) throws(SettingsError) {
    self.init(
      host: try settings.string("http.host"), port: try settings.integer("http.port", in: 0...65_535),
      threads: try settings.integer("http.threads", in: 1...256),
      drainDelay: .milliseconds(try settings.integer("http.drain.delay", in: 0...600_000)),
      drainLimit: .milliseconds(try settings.integer("http.drain.limit", in: 0...600_000)))
  }
}
