public import Auth
import Concurrency
import Failpoints
public import Logging
public import NIOCore
import NIOPosix
import ServiceLifecycle
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

/// What a service is given to build itself from.
public struct ServiceEnvironment: Sendable {
  /// The executable's name, such as `shop`.
  public let name: String
  /// The stable name of this process among its like; consumer groups know it by this.
  public let instance: String
  public let settings: Settings
  public let web: WebConfiguration
  public let eventLoopGroup: any EventLoopGroup
  public let logger: Logger
  /// Verifies the tokens of whoever asks; `nil` for a service without ``AuthSettings/verification``.
  public let verifier: TokenVerifier?
  /// What this service shows to those that it calls; `nil` for a service without ``AuthSettings/calls``.
  public let credentials: ServiceCredentials?

  /// What the environment itself needs to have running, before anything that is built from it.
  var services: [any Service] {
    let all: [(any Service)?] = [verifier, credentials]
    return all.compactMap { $0 }
  }
}

/// The way in of every executable.
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
  /// Reads the configuration, sets up telemetry, builds the service and runs it until it is told to stop.
  ///
  /// Ends the process: 0 after a graceful stop or `--help`, 78 after a wrong or missing setting, 1 after any other failure; each failure is one
  /// line on stderr.
  public static func run(
    _ name: String, port: Int, settings: [Setting], build: @Sendable (ServiceEnvironment) async throws -> WebApplication
  ) async -> Never {
    // A reader of our log that goes away is no reason to die.
    signal(SIGPIPE, SIG_IGN)
    let all = WebConfiguration.settings(port: port) + settings + [failpoint]
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.contains("--help") || arguments.contains("-h") {
      print(usage(name, all))
      exit(0)
    }
    do {
      let environment = try prepare(name, all, arguments)
      // On the loop that the connections are on too, unless there are several: one thread for all that waits.
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
    "failpoint", default: "", "where the process ends itself, for tests of recovery: `afterCommit`, `beforePublish:3`")

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
    let logger = Logger(label: name)
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: web.threads)
    return ServiceEnvironment(
      name: name, instance: instance, settings: settings, web: web, eventLoopGroup: loops, logger: logger,
      verifier: try .of(settings, eventLoopGroup: loops, logger: logger),
      credentials: try .of(settings, client: name, eventLoopGroup: loops, logger: logger))
  }

  private static func usage(_ name: String, _ settings: [Setting]) -> String {
    """
    Usage: \(name) [--KEY VALUE]...

    Keys are set on the command line (http.port is --http-port), else in the environment, else in the JSON file that
    BAEDAL_CONFIG names, else by default.

    \(Setting.table(settings))
    """
  }

  /// The machine's name, as others on its network may know it.
  public static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
