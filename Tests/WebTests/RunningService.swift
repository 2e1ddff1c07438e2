import AsyncHTTPClient
import Auth
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Telemetry
import TestSupport
import Web

/// A service that listens on a free local port during a test.
struct RunningService: Sendable {
  let port: Int
  let group: ServiceGroup

  struct TextResponse: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: String
  }

  func send(
    _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: String? = nil
  ) async throws -> TextResponse {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.method = method
    request.headers = headers
    if let body {
      request.body = .bytes(ByteBuffer(string: body))
      if !headers.contains(name: "Content-Type") { request.headers.add(name: "Content-Type", value: "application/json") }
    }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    let bytes = try await response.body.collect(upTo: 4 << 20)
    return TextResponse(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
  }

  /// Sends `text` unchanged and returns everything until the server closes the connection.
  func raw(_ text: String) async throws -> String {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await connection.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: text))
      var all = ByteBuffer()
      for try await part in inbound { all.writeImmutableBuffer(part) }
      return String(buffer: all)
    }
  }
}

/// Runs a service with `routes` while `body` runs; stops it gracefully afterwards.
func withService<Result: Sendable>(
  health: Health = Health(), registry: PrometheusRegistry = PrometheusRegistry(), drainDelay: Duration = .zero,
  drainLimit: Duration = .seconds(10), idleTimeout: Duration = .seconds(60),
  unavailability: @escaping @Sendable (any Error) -> Int? = { _ in nil },
  routes: (Router<ServiceRequestContext>) -> Void = { _ in },
  _ body: @Sendable (RunningService) async throws -> Result
) async throws -> Result {
  let router = try await Router.service(
    health: health, openAPI: Array("openapi: 3.1.0\n".utf8), authenticator: TokenIssuer.shared().verifier(), registry: registry)
  routes(router)
  let (ports, port) = AsyncStream.makeStream(of: Int.self)
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  let application = WebApplication(
    router: router, health: health,
    configuration: WebConfiguration(port: 0, idleTimeout: idleTimeout, drainDelay: drainDelay, drainLimit: drainLimit),
    eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger, unavailability: unavailability,
    metrics: registry
  ) { channel in
    port.yield(channel.localAddress?.port ?? 0)
    port.finish()
  }
  let group = ServiceGroup(services: [application], logger: logger)
  async let ended: Void = group.run()
  var iterator = ports.makeAsyncIterator()
  let listening = await iterator.next() ?? 0
  do {
    let result = try await body(RunningService(port: listening, group: group))
    await group.triggerGracefulShutdown()
    try await ended
    return result
  } catch {
    await group.triggerGracefulShutdown()
    try await ended
    throw error
  }
}
