#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
public import Postgres
import Synchronization

/// A PostgreSQL server in a temporary folder on a free port; stopped when the test process exits for any reason.
///
/// As root, the server runs as the user `postgres`, because PostgreSQL refuses to run as root.
public final class PostgresServer: Sendable {
  /// The TCP port on 127.0.0.1; unchanged by ``stop()``, ``kill9()`` and ``start()``.
  public let port: Int
  /// The superuser, without a password.
  public let user = "baedal"

  private let folder: TemporaryFolder
  private let binaries: String
  private let durable: Bool
  private let process = Mutex<ChildProcess?>(nil)

  /// Creates a cluster and starts it.
  ///
  /// - Parameter durable: whether `fsync` is on, which only tests of operating system crashes would need.
  public init(durable: Bool = false) async throws {
    folder = try TemporaryFolder()
    port = try FreePort.next()
    self.durable = durable
    binaries = try await Self.findBinaries()
    if getuid() == 0 {
      guard let account = getpwnam("postgres") else { throw SystemCallError("getpwnam postgres", number: ENOENT) }
      guard chown(folder.path, account.pointee.pw_uid, account.pointee.pw_gid) == 0 else { throw SystemCallError("chown") }
    }
    let made = try await ChildProcess.run(
      Self.unprivileged([
        "\(binaries)/initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
      ]))
    guard made.exit == .status(0) else { throw ServerFailure(what: "initdb", output: made.output) }
    try await start()
  }

  /// Starts the server, also again after ``stop()`` or ``kill9()``, and waits until it accepts connections.
  public func start() async throws {
    unlink("\(data)/postmaster.pid")
    let log = "\(folder.path)/log"
    let settings = [
      "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=\(folder.path)", "max_connections=300",
      "fsync=\(durable ? "on" : "off")", "log_min_messages=log", "timezone=UTC",
    ]
    let child = try ChildProcess(
      Self.unprivileged(["\(binaries)/postgres", "-D", data] + settings.flatMap { ["-c", $0] }),
      directory: "/", output: log, removing: [folder.path])
    process.withLock { $0 = child }
    // The postmaster's status file shows when the server accepts connections.
    try await eventually(within: .seconds(30), "PostgreSQL's start") {
      guard child.isRunning else { throw ServerFailure(what: "postgres", output: readText(log)) }
      return readText("\(data)/postmaster.pid").contains("ready")
    }
  }

  /// Shuts the server down (SIGINT: a fast shutdown).
  public func stop() async throws {
    try await process.withLock { $0 }?.end(SIGINT)
  }

  /// Kills the server and all its backends, like a crash.
  public func kill9() async throws {
    guard let child = process.withLock({ $0 }) else { return }
    let backends = childrenOf(child.processID)
    child.send(signal: SIGKILL)
    for backend in backends { kill(backend, SIGKILL) }
    try await child.exit()
  }

  /// Suspends the server and its backends: connections stay open without responses.
  public func freeze() throws { try signalAll(SIGSTOP) }

  /// Resumes a suspended server.
  public func thaw() throws { try signalAll(SIGCONT) }

  private func signalAll(_ signal: Int32) throws {
    guard let child = process.withLock({ $0 }) else { return }
    for id in [child.processID] + childrenOf(child.processID) {
      guard kill(id, signal) == 0 else { throw SystemCallError("kill \(id)") }
    }
  }

  /// The server's log.
  public var log: String { readText("\(folder.path)/log") }

  /// Creates an empty database.
  public func createDatabase(named name: String) async throws {
    try await psql("CREATE DATABASE \"\(name)\"", database: "postgres")
  }

  /// Runs SQL with `psql`; returns the unaligned output without headings.
  ///
  /// - Parameter role: the role; `nil` for the superuser.
  @discardableResult
  public func psql(_ sql: String, database: String, as role: String? = nil) async throws -> String {
    try await psql(["-U", role ?? user, "-d", database, "-c", sql], what: sql)
  }

  /// Runs a file with `psql` as the superuser, with psql variables and environment variables.
  public func psql(file: String, variables: [String: String] = [:], environment: [String: String] = [:]) async throws {
    let settings = variables.flatMap { ["-v", "\($0)=\($1)"] }
    try await psql(["-U", user, "-d", "postgres"] + settings + ["-f", file], environment, what: file)
  }

  @discardableResult
  private func psql(_ arguments: [String], _ environment: [String: String] = [:], what: String) async throws -> String {
    let ran = try await ChildProcess.run(
      ["\(binaries)/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", "\(port)"] + arguments,
      environment: environment)
    guard ran.exit == .status(0) else { throw ServerFailure(what: "psql \(what)", output: ran.output) }
    return ran.output.split(separator: "\n").joined(separator: "\n")
  }

  /// The configuration of a client of one database.
  public func configuration(database: String) -> PostgresConfiguration {
    PostgresConfiguration(
      host: "127.0.0.1", port: port, database: database, user: user, password: nil, applicationName: "tests")
  }

  private static let sharedServer = SharedServer()

  /// The server shared by all tests of the process, in which each test creates its own database.
  public static func shared() async throws -> PostgresServer { try await sharedServer.server() }

  private var data: String { "\(folder.path)/data" }

  private static func unprivileged(_ command: [String]) -> [String] {
    getuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] + command : command
  }

  private static func findBinaries() async throws -> String {
    var folders: [String] = []
    if let configured = try? await ChildProcess.run(["pg_config", "--bindir"]), configured.exit == .status(0) {
      folders.append(String(configured.output.prefix { $0 != "\n" }))
    }
    folders += (13...20).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
    guard let found = folders.first(where: { access("\($0)/initdb", X_OK) == 0 }) else {
      throw ServerFailure(what: "finding PostgreSQL's initdb", output: folders.joined(separator: ", "))
    }
    return found
  }
}

/// Starts one server on first use.
private actor SharedServer {
  private var starting: Task<PostgresServer, any Error>?

  func server() async throws -> PostgresServer {
    let task = starting ?? Task { try await PostgresServer() }
    starting = task
    return try await task.value
  }
}

/// A failed server or command, with its output.
public struct ServerFailure: Error, CustomStringConvertible {
  public let what: String
  public let output: String

  public init(what: String, output: String) {
    self.what = what
    self.output = output
  }

  public var description: String { "\(what) failed: \(output)" }
}

private func childrenOf(_ parent: Int32) -> [Int32] {
  readText("/proc/\(parent)/task/\(parent)/children").split(separator: " ").compactMap { Int32($0) }
}
