public import Auth
import Concurrency
import Failpoints
public import Logging
public import NIOCore
import NIOPosix
public import ServiceLifecycle
import Telemetry

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The environment from which a service is built.
public struct ServiceEnvironment: Sendable {
  /// The executable's name, such as `shop`.
  public let name: String
  /// This instance's name, the same after a restart; consumer groups know it by this name.
  public let instance: String
  public let settings: Settings
  public let web: WebConfiguration
  public let eventLoopGroup: any EventLoopGroup
  public let logger: Logger
  /// Verifies callers' tokens; `nil` for a service without ``AuthSettings/verification``.
  public let verifier: TokenVerifier?
  /// The credentials of calls to other services; `nil` for a service without ``AuthSettings/calls``.
  public let credentials: ServiceCredentials?

  /// - Throws: ``SettingsError`` that names the key.
  public init(
    name: String, instance: String, settings: Settings, web: WebConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) throws(SettingsError) {
    self.name = name
    self.instance = instance
    self.settings = settings
    self.web = web
    self.eventLoopGroup = eventLoopGroup
    self.logger = logger
    verifier = try .of(settings, eventLoopGroup: eventLoopGroup, logger: logger)
    credentials = try .of(settings, client: name, eventLoopGroup: eventLoopGroup, logger: logger)
  }

  /// The services that the environment itself needs to run, before everything built from it.
  public var services: [any Service] {
    let all: [(any Service)?] = [verifier, credentials]
    return all.compactMap { $0 }
  }
}

/// The entry point of every executable.
///
/// ```swift
/// @main
/// struct App {
///   static func main() async {
///     await ServiceMain.run("shop", port: 8101, settings: ShopSettings.all) { environment in
///       try await buildShop(environment)
///     }
///   }
/// }
/// ```
public enum ServiceMain {
  /// Reads the configuration, sets up telemetry, builds the service and runs it until it is stopped.
  ///
  /// Exits with status 0 after a graceful stop or `--help`, 78 after a wrong or missing setting, 1 after any other failure; each
  /// failure is one line on stderr.
  public static func run(
    _ name: String, port: Int, settings: [Setting], build: @Sendable (ServiceEnvironment) async throws -> WebApplication
  ) async -> Never {
    // A log reader that goes away must not end the process.
    signal(SIGPIPE, SIG_IGN)
    let all = WebConfiguration.settings(port: port) + settings + [failpoint]
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.contains("--help") || arguments.contains("-h") {
      print(usage(name, all))
      exit(0)
    }
    do {
      let environment = try prepare(name, all, arguments)
      // On the event loop of the connections too, unless there are several: one thread for all waiting tasks.
      try await withTaskExecutorPreference(EventLoopExecutor(environment.eventLoopGroup.next())) {
        try await build(environment).after(environment.services).runUntilSignalled()
      }
      exit(0)
    } catch {
      let failure = StartFailure(error)
      StandardError.write(Array("\(name): \(failure.line)\n".utf8))
      exit(failure.status)
    }
  }

  private static let failpoint = Setting(
    "failpoint", default: "", "where the process exits, for tests of recovery: `afterCommit`, `beforePublish:3`")

  private static func arm(_ failpoint: String, _ settings: Settings) throws(SettingsError) {
    do throws(Failpoint.Unknown) {
      try Failpoint.arm(failpoint)
    } catch {
      throw settings.error("failpoint", error.description)
    }
  }

  private static func prepare(
    _ name: String, _ declared: [Setting], _ arguments: [String]
  ) throws(SettingsError) -> ServiceEnvironment {
    let settings = try Settings(declared, arguments: arguments, environment: ProcessInfo.processInfo.environment)
    try settings.requireAll()
    let web = try WebConfiguration(settings)
    let level = try settings.choice("log.level", Logger.Level.self)
    let instance = try settings.optionalString("instance") ?? "\(hostName())-\(web.port)"
    try arm(try settings.string("failpoint"), settings)
    Telemetry.bootstrap(service: name, instance: instance, logLevel: level)
    return try ServiceEnvironment(
      name: name, instance: instance, settings: settings, web: web,
      eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: web.threads), logger: Logger(label: name))
  }

  private static func usage(_ name: String, _ settings: [Setting]) -> String {
    """
    Usage: \(name) [--KEY VALUE]...

    Keys are set on the command line (http.port is --http-port), else in the environment, else in the JSON file that
    BAEDAL_CONFIG names, else by default.

    \(Setting.table(settings))
    """
  }

  /// This machine's host name.
  public static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
