#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
public import Postgres
import Synchronization

/// A PostgreSQL server in a temporary folder on a free port; stopped when the test process exits for any reason.
///
/// As root, the server runs as the user `postgres`, because PostgreSQL refuses to run as root. ``shared()`` is the server of the whole test
/// run, in which each test creates its own databases; a server of its own has a test that stops it or looks at all of its databases.
public final class PostgresServer: Sendable {
  /// The TCP port on 127.0.0.1; unchanged by ``stop()``, ``kill9()`` and ``start()``.
  public let port: Int
  /// The superuser, without a password.
  public let user = "baedal"

  /// `nil` for the server of another process.
  private let folder: TemporaryFolder?
  private let binaries: String
  private let durable: Bool
  private let process = Mutex<ChildProcess?>(nil)

  /// Creates a cluster and starts it.
  ///
  /// - Parameter durable: whether `fsync` is on, which only tests of operating system crashes would need.
  public init(durable: Bool = false) async throws {
    try requireServers()
    let folder = try TemporaryFolder()
    self.folder = folder
    port = try FreePort.next()
    self.durable = durable
    binaries = try await Self.findBinaries()
    if getuid() == 0 {
      guard let account = getpwnam("postgres") else { throw SystemCallError("getpwnam postgres", number: ENOENT) }
      guard chown(folder.path, account.pointee.pw_uid, account.pointee.pw_gid) == 0 else { throw SystemCallError("chown") }
    }
    if let template = TestRun.clusterTemplate {
      try await Self.run("cp", ["cp", "-a", template, data])
    } else {
      try await Self.run(
        "initdb",
        Self.unprivileged([
          "\(binaries)/initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync",
          "--no-instructions",
        ]))
    }
    try await start()
  }

  /// The running server of another process.
  private init(port: Int) async throws {
    folder = nil
    self.port = port
    durable = false
    binaries = try await Self.findBinaries()
  }

  /// Starts the server, also again after ``stop()`` or ``kill9()``, and waits until it accepts connections.
  public func start() async throws {
    let folder = path
    let log = "\(folder)/log"
    unlink("\(data)/postmaster.pid")
    let settings = [
      "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=\(folder)", "max_connections=300",
      "fsync=\(durable ? "on" : "off")", "log_min_messages=log", "timezone=UTC",
    ]
    let child = try ChildProcess(
      Self.unprivileged(["\(binaries)/postgres", "-D", data] + settings.flatMap { ["-c", $0] }),
      directory: "/", output: log, removing: [folder])
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
  public var log: String { readText("\(path)/log") }

  /// Creates an empty database.
  public func createDatabase(named name: String) async throws {
    try await psql("CREATE DATABASE \"\(name)\"", database: "postgres")
  }

  private static let databases = Atomic<Int>(0)

  /// Creates an empty database whose name no other process of the test run uses; returns the name.
  public func createDatabase(for purpose: String) async throws -> String {
    let name = "\(purpose)_\(getpid())_\(Self.databases.add(1, ordering: .relaxed).newValue)"
    try await createDatabase(named: name)
    return name
  }

  /// Runs SQL as `psql -c` does; returns the rows as `psql -A -t` prints them.
  ///
  /// - Parameter role: the role; `nil` for the superuser.
  @discardableResult
  public func psql(_ sql: String, database: String, as role: String? = nil) async throws -> String {
    try await SQLScript(port: port, database: database, user: role ?? user).run(sql)
  }

  /// Runs a file with `psql` as the superuser, with psql variables and environment variables.
  public func psql(file: String, variables: [String: String] = [:], environment: [String: String] = [:]) async throws {
    let settings = variables.flatMap { ["-v", "\($0)=\($1)"] }
    try await Self.run(
      "psql \(file)",
      ["\(binaries)/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", "\(port)", "-U", user, "-d", "postgres"]
        + settings + ["-f", file], environment)
  }

  /// The configuration of a client of one database.
  public func configuration(database: String) -> PostgresConfiguration {
    PostgresConfiguration(
      host: "127.0.0.1", port: port, database: database, user: user, password: nil, applicationName: "tests")
  }

  private static let sharedServer = SharedServer()

  /// The server shared by all tests of the run, in which each test creates its own database.
  public static func shared() async throws -> PostgresServer {
    try requireServers()
    return try await sharedServer.server()
  }

  /// The server that listens on a port, or a new one.
  fileprivate static func at(_ port: Int?) async throws -> PostgresServer {
    if let port { try await PostgresServer(port: port) } else { try await PostgresServer() }
  }

  private var path: String {
    guard let folder else { preconditionFailure("the server belongs to the whole test run") }
    return folder.path
  }

  private var data: String { "\(path)/data" }

  private static func run(_ what: String, _ command: [String], _ environment: [String: String] = [:]) async throws {
    let ran = try await ChildProcess.run(command, environment: environment)
    guard ran.exit == .status(0) else { throw ServerFailure(what: what, output: ran.output) }
  }

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

/// Starts the server, or connects to that of the test run, on first use.
private actor SharedServer {
  private var starting: Task<PostgresServer, any Error>?

  func server() async throws -> PostgresServer {
    let task = starting ?? Task { try await PostgresServer.at(TestRun.postgresPort) }
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
