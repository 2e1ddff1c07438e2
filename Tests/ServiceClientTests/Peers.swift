import Auth
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceClient
import ServiceLifecycle
import Synchronization
import Telemetry
import Web

/// A fake instance of a service, which records its requests.
final class PeerInstance: Sendable {
  let requests = Mutex<[Request]>([])
  let port = Mutex(0)

  var count: Int { requests.withLock { $0.count } }
  var address: ServiceAddress { ServiceAddress("http://127.0.0.1:\(port.withLock { $0 })")! }

  func header(_ name: String) -> String? { requests.withLock { $0.last }?.headers[.init(name)!] }
}

let quietLogger: Logger = {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}()

/// Runs services while `body` runs; stops them gracefully afterwards.
func running<Result: Sendable>(_ services: [any Service], _ body: @Sendable () async throws -> Result) async throws -> Result {
  let group = ServiceGroup(services: services, logger: quietLogger)
  async let ended: Void = group.run()
  do {
    let result = try await body()
    await group.triggerGracefulShutdown()
    try await ended
    return result
  } catch {
    await group.triggerGracefulShutdown()
    try await ended
    throw error
  }
}

/// Runs a fake service on a free port while `body` runs.
func withPeer<Result: Sendable>(
  respond: @escaping @Sendable (Request, Int) async throws -> Response, _ body: @Sendable (PeerInstance) async throws -> Result
) async throws -> Result {
  let peer = PeerInstance()
  let router = Router(context: ServiceRequestContext.self)
  let handler: @Sendable (Request, ServiceRequestContext) async throws -> Response = { request, _ in
    let number = peer.requests.withLock { requests in
      requests.append(request)
      return requests.count
    }
    return try await respond(request, number)
  }
  router.get("**", use: handler)
  router.post("**", use: handler)
  let (ports, port) = AsyncStream.makeStream(of: Int.self)
  let application = WebApplication(
    router: router, health: Health(), configuration: WebConfiguration(port: 0, drainLimit: .milliseconds(100)),
    eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger, metrics: PrometheusRegistry()
  ) { channel in
    port.yield(channel.localAddress?.port ?? 0)
    port.finish()
  }
  return try await running([application]) {
    for await number in ports { peer.port.withLock { $0 = number } }
    return try await body(peer)
  }
}

/// A client of `shop` with these instances.
func withClient<Result: Sendable>(
  of instances: [ServiceAddress], _ configuration: ServiceClientConfiguration = .init(),
  _ body: @Sendable (ServiceClient) async throws -> Result
) async throws -> Result {
  let client = ServiceClient(
    service: "shop", resolver: StaticResolver(instances: ["shop": instances]), configuration: configuration,
    credentials: NoCredentials(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
  return try await running([client]) { try await body(client) }
}

/// The code of the `ServiceClientError` that `body` throws, if any.
func code(_ body: () async throws -> Void) async -> ServiceClientError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? ServiceClientError)?.code
  }
}
