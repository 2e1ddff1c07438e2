public import Redis
internal import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A Redis server on a free port of 127.0.0.1 with a temporary folder; stopped when the value is released or the test process exits.
public final class RedisServer: Sendable {
  /// The system's two kinds of Redis servers.
  public enum Policy: Sendable {
    /// Append-only file, no eviction.
    case events
    /// No persistence; only keys with a TTL are evicted.
    case cache
  }

  public let port: Int
  private let policy: Policy
  private let options: [String]
  private let folder: TemporaryFolder
  private let process = Mutex<ChildProcess?>(nil)

  /// Starts a server and waits until it accepts commands.
  ///
  /// - Parameter options: options of redis-server's command line, such as `["--user", "app", "on", ">secret", "~*", "+@all"]`.
  public init(_ policy: Policy = .cache, options: [String] = []) async throws {
    try requireServers()
    self.policy = policy
    self.options = options
    port = try FreePort.next()
    folder = try TemporaryFolder()
    try await start()
  }

  /// The configuration of a client, with long deadlines, because tests run on few cores.
  public var configuration: RedisConfiguration {
    RedisConfiguration(
      host: "127.0.0.1", port: port, clientName: "test", commandDeadline: .seconds(3), connectionWait: .seconds(2))
  }

  /// The server's log.
  public var log: String { readText(logFile) }

  public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

  /// Starts the server, also again on the same port with its persisted data, and waits until it accepts commands.
  public func start() async throws {
    let readyBefore = timesReady
    let child = try ChildProcess(arguments, directory: folder.path, output: logFile, removing: [folder.path])
    process.withLock { $0 = child }
    try await eventually(within: .seconds(10), "redis-server on port \(port)") {
      timesReady > readyBefore || !child.isRunning
    }
    guard child.isRunning else { throw RedisServerFailed(log: log) }
  }

  /// Shuts the server down (SIGTERM).
  public func stop() async throws {
    try await process.withLock { $0 }?.end(SIGTERM)
  }

  /// Kills the server, like a crash.
  public func kill9() async throws {
    try await process.withLock { $0 }?.end(SIGKILL)
  }

  /// `SHUTDOWN NOSAVE`: data that is not on disk is lost.
  public func shutdownNoSave() async throws {
    guard let child = process.withLock({ $0 }) else { return }
    _ = try await ChildProcess.run(["redis-cli", "-p", "\(port)", "SHUTDOWN", "NOSAVE"])
    try await child.exit()
  }

  /// Suspends the process, so that the kernel accepts connections but nothing responds, or resumes it.
  public func freeze(_ frozen: Bool) {
    process.withLock { $0 }?.send(signal: frozen ? SIGSTOP : SIGCONT)
  }

  private var logFile: String { folder.path + "/redis.log" }

  private var timesReady: Int { log.split(separator: "\n").count { $0.contains("Ready to accept connections") } }

  private var arguments: [String] {
    let common = [
      "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--daemonize", "no",
      "--enable-debug-command", "yes",
    ]
    let policyOptions =
      switch policy {
      case .events: ["--appendonly", "yes", "--maxmemory-policy", "noeviction"]
      case .cache: ["--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"]
      }
    return common + policyOptions + options
  }
}

/// redis-server exited before it was ready.
public struct RedisServerFailed: Error, CustomStringConvertible {
  public let log: String

  public var description: String { "redis-server did not start:\n\(log)" }
}
