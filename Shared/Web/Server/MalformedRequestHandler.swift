import HTTPTypes
public import NIOCore
import NIOHTTP1
public import NIOHTTPTypes

/// Answers bytes that are not HTTP, and headers over the limit, with a problem document, and closes the connection.
///
/// It stands where Hummingbird takes additional handlers: behind the codec. While earlier requests of the connection still wait for their
/// answers it passes the error on, and the server closes the connection after them. Bound to its channel's event loop.
public final class MalformedRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
  public typealias InboundIn = HTTPRequestPart
  public typealias InboundOut = HTTPRequestPart
  public typealias OutboundIn = HTTPResponsePart
  public typealias OutboundOut = HTTPResponsePart

  private var unanswered = 0
  private var hasAnswered = false

  public init() {}

  public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) { unanswered += 1 }
    context.fireChannelRead(data)
  }

  public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
    context.write(data, promise: promise)
  }

  public func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !hasAnswered else { return }
    guard let error = error as? HTTPParserError, unanswered == 0 else { return context.fireErrorCaught(error) }
    hasAnswered = true
    let problem: Problem = if case .headerOverflow = error { .headersTooLarge } else { .malformedRequest }
    let body = problem.body()
    var head = HTTPResponse(status: problem.status, headerFields: problem.headers)
    head.headerFields[.contentType] = Problem.contentType
    head.headerFields[.contentLength] = String(body.readableBytes)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    // Only the outgoing half: closing both with bytes unread makes the kernel send a reset, which can overtake the answer.
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
  }
}

@available(*, unavailable)
extension MalformedRequestHandler: Sendable {}
