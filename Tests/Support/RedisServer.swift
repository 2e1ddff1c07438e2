public import Redis
internal import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A private redis-server on a free port of 127.0.0.1, with its files in a folder of its own; gone when the value is
/// released, and when the test process ends in whatever way.
public final class RedisServer: Sendable {
  /// The two policies that the system uses.
  public enum Policy: Sendable {
    /// Append-only file, no eviction.
    case events
    /// Nothing on disk; when memory ends, only keys with a time to live go.
    case cache
  }

  public var port: Int { place.withLock { $0 } }
  private let place: Mutex<Int>
  private let policy: Policy
  private let options: [String]
  private let folder: TemporaryFolder
  private let process = Mutex<ChildProcess?>(nil)

  /// Starts a server and waits until it takes commands.
  ///
  /// - Parameter options: as on redis-server's command line, such as `["--user", "app", "on", ">secret", "~*", "+@all"]`.
  public init(_ policy: Policy = .cache, options: [String] = []) async throws {
    self.policy = policy
    self.options = options
    place = Mutex(try FreePort.next())
    folder = try TemporaryFolder()
    do {
      try await start()
    } catch let error as RedisServerFailed where error.log.contains("Address already in use") {
      // Someone took the port in the moment before redis-server did.
      let another = try FreePort.next()
      place.withLock { $0 = another }
      try await start()
    }
  }

  /// How to reach it; patient, since tests share few cores.
  public var configuration: RedisConfiguration {
    RedisConfiguration(
      host: "127.0.0.1", port: port, clientName: "test", commandDeadline: .seconds(3), connectionWait: .seconds(2))
  }

  /// What the server has logged so far.
  public var log: String { readText(logFile) }

  public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

  /// Starts it again on the same port with what it has kept on disk, and waits until it takes commands.
  public func start() async throws {
    let readyBefore = timesReady
    let child = try ChildProcess(arguments, directory: folder.path, output: logFile, removing: [folder.path])
    process.withLock { $0 = child }
    try await eventually(within: .seconds(10), "redis-server on port \(port)") {
      timesReady > readyBefore || !child.isRunning
    }
    guard child.isRunning else { throw RedisServerFailed(log: log) }
  }

  /// Ends it in good order (SIGTERM).
  public func stop() async throws {
    try await process.withLock { $0 }?.end(SIGTERM)
  }

  /// Ends it as a crash would.
  public func kill9() async throws {
    try await process.withLock { $0 }?.end(SIGKILL)
  }

  /// `SHUTDOWN NOSAVE`: whatever was not yet on disk is lost.
  public func shutdownNoSave() async throws {
    guard let child = process.withLock({ $0 }) else { return }
    _ = try await ChildProcess.run(["redis-cli", "-p", "\(port)", "SHUTDOWN", "NOSAVE"])
    try await child.exit()
  }

  /// Stops the process where it stands, so that it accepts connections and answers nothing, or lets it go on.
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

/// redis-server ended before it was ready.
public struct RedisServerFailed: Error, CustomStringConvertible {
  public let log: String

  public var description: String { "redis-server did not start:\n\(log)" }
}
