import HTTPTypes
import Hummingbird
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1
public import ServiceLifecycle
import Telemetry

/// The listener and its connections.
///
/// On graceful shutdown it stops accepting, closes idle connections, lets requests in flight finish for `drainLimit`, and then
/// cancels them.
public struct WebServer: Service {
  private let configuration: WebConfiguration
  private let responder: ServiceResponder
  private let channel: HTTPServerBuilder
  private let eventLoopGroup: any EventLoopGroup
  private let logger: Logger
  private let onRunning: @Sendable (any Channel) async -> Void

  /// - Parameters:
  ///   - channel: builds the pipeline of a connection; a service with a fast path has its own.
  ///   - onRunning: called with the listening channel.
  public init(
    responder: ServiceResponder, configuration: WebConfiguration, channel: HTTPServerBuilder? = nil,
    eventLoopGroup: any EventLoopGroup, logger: Logger, onRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
  ) {
    self.responder = responder
    self.configuration = configuration
    self.channel = channel ?? .service(configuration)
    self.eventLoopGroup = eventLoopGroup
    self.logger = logger
    self.onRunning = onRunning
  }

  public func run() async throws {
    let date = DateHeader()
    let server = try channel.buildServer(
      configuration: ServerConfiguration(address: .hostname(configuration.host, port: configuration.port), backlog: 1024),
      eventLoopGroup: eventLoopGroup, logger: logger
    ) { [responder, logger] (request, writer: consuming ResponseWriter, channel) in
      let context = ServiceRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
      var response = await responder.respond(to: request, context: context)
      response.headers[.date] = date.text(at: .now())
      do {
        try await writer.write(response: response.head, body: response.body)
      } catch is HTTPParserError {
        // The head was sent already: the request must not get another response, so the connection is closed.
        throw ResponseInterrupted()
      }
    } onServerRunning: { [onRunning] in
      await onRunning($0)
    }
    let limit = configuration.drainLimit
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask {
        try await gracefulShutdown()
        try await Task.sleep(for: limit)
      }
      // When the server ends, or the limit is reached, the rest is cancelled.
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}

private struct ResponseInterrupted: Error {}

extension HTTPServerBuilder {
  /// HTTP/1.1 with the project's limits: idle connections close after 60 s, 32 KB of headers, malformed requests get a problem
  /// document.
  public static func service(_ configuration: WebConfiguration) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
      EventLoopChannel(
        base: HTTP1Channel(
          responder: responder,
          configuration: HTTP1Channel.Configuration(
            additionalChannelHandlers: [MalformedRequestHandler()],
            idleTimeout: TimeAmount(configuration.idleTimeout),
            httpDecoderConfiguration: .service)))
    }
  }
}

extension HTTP1Channel.Configuration.DecoderConfiguration {
  /// The limits of headers, for channels that a service builds itself.
  public static var service: Self {
    Self(
      maxHeaderFieldSize: WebConfiguration.maximumHeaderBytes, maxHeaderListSize: WebConfiguration.maximumHeaderBytes,
      maxHeaderFieldCount: 100)
  }
}
