import NIOCore
import NIOHTTP1
import Web

/// Rejects requests whose framing is ambiguous, and closes the connection after a request that must be its last.
///
/// Follows the fast path, which passes requests on one at a time: when a head arrives here, all previous requests have their
/// responses. Bound to its channel's event loop.
final class RequestFramingHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case open
    /// The current request is the connection's last.
    case lastRequest
    /// All further input is discarded.
    case discarding
  }

  private let validator: RequestFramingValidator
  private var state = State.open
  private var closesAfterResponse = false

  init(validator: RequestFramingValidator) {
    self.validator = validator
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (state, unwrapInboundIn(data)) {
    case (.open, .head(let head)):
      receive(head, context)
    case (.lastRequest, .head), (.discarding, _):
      state = .discarding
    case (_, let part):
      context.fireChannelRead(wrapInboundOut(part))
    }
  }

  private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    switch validator.validate(head) {
    case .rejected(let problem):
      state = .discarding
      context.fireErrorCaught(problem)
    case .valid(let head, let closesConnection, let expectsContinue):
      if closesConnection { state = .lastRequest }
      if expectsContinue {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
      }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where !head.status.isInformational:
      let hasClose = head.headers["Connection"].contains { $0.lowercased() == "close" }
      closesAfterResponse = hasClose || state != .open
      if closesAfterResponse { head.headers.replaceOrAdd(name: "Connection", value: "close") }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end(let trailers) where closesAfterResponse:
      state = .discarding
      context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: promise)
      close(context)
    case let part:
      context.write(wrapOutboundOut(part), promise: promise)
    }
  }

  /// The output half first: if both are closed with unread input, the kernel sends a reset, which can overtake the response.
  private func close(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
  }
}

@available(*, unavailable)
extension RequestFramingHandler: Sendable {}

extension HTTPResponseStatus {
  fileprivate var isInformational: Bool { (100..<200).contains(code) }
}
