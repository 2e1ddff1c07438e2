public import Hummingbird
public import HummingbirdCore
public import Logging
public import Metrics
public import NIOCore
public import ServiceLifecycle
import UnixSignals

/// A whole service: its long-running parts, and the server in front of them.
///
/// The parts start in the order in which they are given. When it is told to stop, its announcements end first and readiness fails; then the
/// listener stops and requests in flight finish; then the parts stop in reverse order.
public struct WebApplication: Service {
  private let server: WebServer
  private let health: Health
  private var services: [any Service]
  private let announcements: [any Service]
  private let configuration: WebConfiguration
  private let logger: Logger

  /// - Parameters:
  ///   - services: what a part needs comes before it.
  ///   - announcements: what tells others that the service is there: they start after the listener, and stop before anything else does.
  ///   - channel: makes the pipeline of a connection; `nil` for the usual one.
  ///   - unavailability: see ``ServiceResponder``.
  ///   - metrics: where requests are measured; by default where the process's metrics go.
  public init(
    router: Router<ServiceRequestContext>, health: Health, configuration: WebConfiguration, services: [any Service] = [],
    announcements: [any Service] = [], channel: HTTPServerBuilder? = nil, eventLoopGroup: any EventLoopGroup, logger: Logger,
    unavailability: @escaping @Sendable (any Error) -> Int? = { _ in nil },
    metrics: any MetricsFactory = MetricsSystem.factory,
    onRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
  ) {
    self.health = health
    self.services = services
    self.announcements = announcements
    self.configuration = configuration
    self.logger = logger
    server = WebServer(
      responder: ServiceResponder(router: router, metrics: metrics, unavailability: unavailability),
      configuration: configuration, channel: channel, eventLoopGroup: eventLoopGroup, logger: logger
    ) { channel in
      if let port = channel.localAddress?.port { health.listens(on: port) }
      await onRunning(channel)
    }
  }

  /// The same with parts that start before all others, and stop after them.
  func after(_ first: [any Service]) -> WebApplication {
    var application = self
    application.services = first + services
    return application
  }

  /// Runs until SIGTERM or SIGINT, or until a part fails.
  /// - Throws: what made a part fail; `IOError` when the port can't be had.
  public func runUntilSignalled() async throws {
    try await group(stoppedBy: [.sigterm, .sigint]).run()
  }

  /// Runs as part of a larger group, until that is told to stop.
  public func run() async throws {
    try await group(stoppedBy: []).run()
  }

  private func group(stoppedBy signals: [UnixSignal]) -> ServiceGroup {
    ServiceGroup(
      services: services + [server, DrainGate(health: health, delay: configuration.drainDelay)] + announcements,
      gracefulShutdownSignals: signals, logger: logger)
  }
}

/// Starts after the listener and so stops before it: turns readiness off, and gives whoever balances load the time to see it.
private struct DrainGate: Service {
  let health: Health
  let delay: Duration

  func run() async throws {
    do {
      try await gracefulShutdown()
    } catch is CancellationError {
      // Another part failed; there is nothing to drain for.
      return
    }
    health.drain()
    try? await Task.sleep(for: delay)
  }
}
