#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// A process of one of this package's services on a free port; stopped when the test process exits.
///
/// It accepts tokens of the tests' ``TokenIssuer``, unless its environment has another issuer.
public final class ServiceProcess: Sendable {
  public let port: Int
  private let product: String
  private let environment: [String: String]
  private let folder: TemporaryFolder
  private let process = Mutex<ChildProcess?>(nil)

  /// Starts the service and waits until it is ready.
  public convenience init(_ product: String, environment: [String: String]) async throws {
    try self.init(product, port: FreePort.next(), environment: environment)
    try await start()
  }

  /// A service that is started later, so that others can be configured with its port.
  public init(_ product: String, port: Int, environment: [String: String]) throws {
    try requireServers()
    self.product = product
    self.port = port
    folder = try TemporaryFolder()
    self.environment = environment.merging(["HTTP_PORT": "\(port)", "LOG_LEVEL": "info"]) { given, _ in given }
  }

  public var url: String { "http://127.0.0.1:\(port)" }

  /// The service's log.
  public var log: String { readText("\(folder.path)/log") }

  public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

  /// Starts the service, also again on the same port.
  ///
  /// - Parameter settings: settings of this start only, such as a failpoint.
  public func start(with settings: [String: String] = [:], untilReady: Bool = true) async throws {
    let identity = try await TokenIssuer.shared().environment
    let child = try ChildProcess(
      ["\(Self.folder)/\(product)"], environment: identity.merging(environment) { $1 }.merging(settings) { $1 },
      output: "\(folder.path)/log",
      removing: [folder.path])
    process.withLock { $0 = child }
    guard untilReady else { return }
    let client = RESTClient(url)
    try await eventually(within: .seconds(60), "readiness of \(product); its log:\n\(log)") {
      guard child.isRunning else { throw ServerFailure(what: product, output: log) }
      return try await client.get("/readyz").status == 200
    }
  }

  /// Stops the service gracefully; returns how it exited.
  @discardableResult
  public func stop() async throws -> ChildProcess.Exit? {
    try await process.withLock { $0 }?.end(SIGTERM)
  }

  /// Kills the service, like a crash.
  public func kill9() async throws {
    try await process.withLock { $0 }?.end(SIGKILL)
  }

  /// Waits until the service exits by itself; returns how it exited.
  public func exit(within limit: Duration) async throws -> ChildProcess.Exit? {
    guard let child = process.withLock({ $0 }) else { return nil }
    try await eventually(within: limit, "the exit of \(product); its log:\n\(log)") { !child.isRunning }
    return try await child.exit()
  }

  /// Suspends the process: connections stay open without responses.
  public func freeze() { process.withLock { $0 }?.send(signal: SIGSTOP) }

  /// Resumes a suspended process.
  public func thaw() { process.withLock { $0 }?.send(signal: SIGCONT) }

  /// The folder of the executables, next to the test bundle.
  public static let folder: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let program =
      count > 0 ? String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : CommandLine.arguments[0]
    var parts = program.split(separator: "/", omittingEmptySubsequences: false)
    // On macOS the bundle is a folder with three levels.
    while let last = parts.popLast(), !last.hasSuffix(".xctest") {}
    return parts.isEmpty ? ".build/debug" : parts.joined(separator: "/")
  }()
}
