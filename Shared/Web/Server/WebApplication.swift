public import HTTPTypes
public import Hummingbird
public import HummingbirdCore
public import Logging
public import Metrics
public import NIOCore
public import ServiceLifecycle
import UnixSignals

/// A whole service: its long-running parts and its server.
///
/// The parts start in the given order. At shutdown the announcements end first and readiness fails; then the listener closes and
/// requests in flight complete; then the parts stop in reverse order.
public struct WebApplication: Service {
  /// What its router has.
  public let routes: [(method: HTTPRequest.Method, path: RouterPath)]
  private let server: WebServer
  private let health: Health
  private var services: [any Service]
  private let announcements: [any Service]
  private let configuration: WebConfiguration
  private let logger: Logger

  /// - Parameters:
  ///   - services: each after those that it depends on.
  ///   - announcements: register the service with others: they start after the listener, and stop before everything else.
  ///   - channel: builds the pipeline of a connection; `nil` for the default.
  ///   - unavailability: see ``ServiceResponder``.
  ///   - metrics: the factory of the request metrics; by default the process's.
  public init(
    router: Router<ServiceRequestContext>, health: Health, configuration: WebConfiguration, services: [any Service] = [],
    announcements: [any Service] = [], channel: HTTPServerBuilder? = nil, eventLoopGroup: any EventLoopGroup, logger: Logger,
    unavailability: @escaping @Sendable (any Error) -> Int? = { _ in nil },
    metrics: any MetricsFactory = MetricsSystem.factory,
    onRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
  ) {
    routes = router.routes.map { ($0.method, $0.path) }
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

  /// The same application with parts that start before all others, and stop after them.
  func after(_ first: [any Service]) -> WebApplication {
    var application = self
    application.services = first + services
    return application
  }

  /// Runs until SIGTERM or SIGINT, or until a part fails.
  /// - Throws: the error of a failed part; `IOError` when the port can't be bound.
  public func runUntilSignalled() async throws {
    try await group(stoppedBy: [.sigterm, .sigint]).run()
  }

  /// Runs as part of a larger group, until that shuts down.
  public func run() async throws {
    try await group(stoppedBy: []).run()
  }

  private func group(stoppedBy signals: [UnixSignal]) -> ServiceGroup {
    ServiceGroup(
      services: services + [server, DrainGate(health: health, delay: configuration.drainDelay)] + announcements,
      gracefulShutdownSignals: signals, logger: logger)
  }
}

/// Starts after the listener and so stops before it: makes the service not ready, and gives load balancers time to notice.
private struct DrainGate: Service {
  let health: Health
  let delay: Duration

  func run() async throws {
    do {
      try await gracefulShutdown()
    } catch is CancellationError {
      // Another part failed; there are no requests to drain.
      return
    }
    health.drain()
    try? await Task.sleep(for: delay)
  }
}
