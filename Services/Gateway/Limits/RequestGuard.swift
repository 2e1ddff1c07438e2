import NIOCore
import NIOHTTP1
import Web

/// Lets only requests pass that can be read in one way, and ends the connection after one that must be its last.
///
/// Stands behind the fast path, which hands requests on one at a time: when a head comes here everything before it has been answered.
/// Bound to its channel's event loop.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case open
    /// The request that came is the connection's last.
    case last
    /// Nothing more is taken.
    case deaf
  }

  private let hygiene: RequestFramingValidator
  private var state = State.open
  private var closesAfterResponse = false

  init(hygiene: RequestFramingValidator) {
    self.hygiene = hygiene
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (state, unwrapInboundIn(data)) {
    case (.open, .head(let head)):
      take(head, context)
    case (.last, .head), (.deaf, _):
      state = .deaf
    case (_, let part):
      context.fireChannelRead(wrapInboundOut(part))
    }
  }

  private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    switch hygiene.judge(head) {
    case .refuse(let problem):
      state = .deaf
      context.fireErrorCaught(problem)
    case .pass(let head, let closes, let continues):
      if closes { state = .last }
      if continues {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
      }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where !head.status.isInformational:
      let asked = head.headers["Connection"].contains { $0.lowercased() == "close" }
      closesAfterResponse = asked || state != .open
      if closesAfterResponse { head.headers.replaceOrAdd(name: "Connection", value: "close") }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end(let trailers) where closesAfterResponse:
      state = .deaf
      context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: promise)
      close(context)
    case let part:
      context.write(wrapOutboundOut(part), promise: promise)
    }
  }

  /// The outgoing half first: closing both with bytes unread makes the kernel send a reset, which can overtake the answer.
  private func close(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
  }
}

@available(*, unavailable)
extension RequestGuard: Sendable {}

extension HTTPResponseStatus {
  fileprivate var isInformational: Bool { (100..<200).contains(code) }
}
