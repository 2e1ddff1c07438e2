import HTTPTypes
public import NIOCore
import NIOHTTP1
public import NIOHTTPTypes

/// Responds to bytes that are not HTTP, and to headers over the limit, with a problem document, and closes the connection.
///
/// Its place is that of Hummingbird's additional handlers: after the codec. While earlier requests of the connection are
/// outstanding it passes the error on, and the server closes the connection after their responses. Bound to its channel's event
/// loop.
public final class MalformedRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
  public typealias InboundIn = HTTPRequestPart
  public typealias InboundOut = HTTPRequestPart
  public typealias OutboundIn = HTTPResponsePart
  public typealias OutboundOut = HTTPResponsePart

  private var outstanding = 0
  private var hasResponded = false

  public init() {}

  public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) { outstanding += 1 }
    context.fireChannelRead(data)
  }

  public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { outstanding -= 1 }
    context.write(data, promise: promise)
  }

  public func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !hasResponded else { return }
    guard let problem = Self.problem(for: error), outstanding == 0 else { return context.fireErrorCaught(error) }
    hasResponded = true
    let body = problem.body()
    var head = HTTPResponse(status: problem.status, headerFields: problem.headers)
    head.headerFields[.contentType] = Problem.contentType
    head.headerFields[.contentLength] = String(body.readableBytes)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    // Only the output: closing both with unread bytes makes the kernel send a reset, which can overtake the response.
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
  }

  /// An earlier handler may throw a ``Problem`` itself.
  private static func problem(for error: any Error) -> Problem? {
    switch error {
    case HTTPParserError.headerOverflow: .headersTooLarge
    case is HTTPParserError: .malformedRequest
    default: error as? Problem
    }
  }
}

@available(*, unavailable)
extension MalformedRequestHandler: Sendable {}
