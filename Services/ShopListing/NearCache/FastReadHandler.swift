import DequeModule
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Answers reads right behind the request decoder, past the framework; everything else goes on to it.
///
/// Ready bytes are written by the response encoder's own context, so that they go out without being encoded again. Flushes are coalesced
/// per read from the socket. While anything is held back nothing more is read, so a connection holds at most one read's worth of requests.
/// Bound to its channel's event loop.
final class FastReadHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// What came while something before it was unanswered.
  private enum Held {
    case part(HTTPServerRequestPart)
    case event(Any)
    case failure(any Error)
  }

  private let reads: LoopReads
  private let encoder: HTTPResponseEncoder
  private let idleTimeout: TimeAmount
  private var context: ChannelHandlerContext?
  private var encoderContext: ChannelHandlerContext?
  private var order = ResponseOrder<ByteBuffer>()
  private var held: Deque<Held> = []
  private var swallowsEnd = false
  private var isInRead = false
  private var needsFlush = false
  private var wantsRead = false
  private var idleCheck: Scheduled<Void>?
  private var lastPart = NIODeadline.now()
  private var sawPart = false
  private var passedOn = false

  init(reads: LoopReads, encoder: HTTPResponseEncoder, idleTimeout: TimeAmount) {
    self.reads = reads
    self.encoder = encoder
    self.idleTimeout = idleTimeout
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    encoderContext = try? context.pipeline.syncOperations.context(handler: encoder)
    scheduleIdleCheck(context, in: idleTimeout)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    leave()
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave()
    context.fireChannelInactive()
  }

  // MARK: Inbound

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isInRead = true
    sawPart = true
    let part = unwrapInboundIn(data)
    if !held.isEmpty || !take(part, context) { held.append(.part(part)) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isInRead = false
    if sawPart {
      sawPart = false
      lastPart = .now()
    }
    flushIfNeeded(context)
    if !passedOn, held.isEmpty, order.admitsFast {
      // The handlers behind got nothing of this read: they needn't hear of it, nor be asked for the next.
      context.read()
    } else {
      passedOn = false
      context.fireChannelReadComplete()
    }
  }

  func read(context: ChannelHandlerContext) {
    if held.isEmpty { context.read() } else { wantsRead = true }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The end of input, or of the server, comes after the answers to what was asked before it.
    if held.isEmpty, order.pendingFast == 0 {
      context.fireUserInboundEventTriggered(event)
    } else {
      held.append(.event(event))
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if held.isEmpty, order.pendingFast == 0 { context.fireErrorCaught(error) } else { held.append(.failure(error)) }
  }

  /// Deals with a part of a request; false if it must wait.
  private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) -> Bool {
    switch part {
    case .head(let head):
      return take(head, context)
    case .body:
      passOn(part, context)
    case .end:
      if swallowsEnd {
        swallowsEnd = false
      } else {
        order.endDownstreamRequest()
        passOn(part, context)
      }
    }
    return true
  }

  private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
    if let candidate = FastReadCandidate(head) {
      guard order.admitsFast else { return false }
      switch reads.lookUp(head.uri) {
      case .ready(let answer):
        swallowsEnd = true
        let bytes = answer.bytes(ifNoneMatch: candidate.ifNoneMatch)
        if order.isIdle { write(bytes) } else { write(order.answer(order.beginFast(), bytes)) }
        return true
      case .underWay(let flight):
        swallowsEnd = true
        let ticket = order.beginFast()
        flight.wait { self.answered(ticket, $0.bytes(ifNoneMatch: candidate.ifNoneMatch)) }
        return true
      case .notMine:
        break
      }
    }
    guard order.admitsDownstream else { return false }
    order.beginDownstream()
    passOn(.head(head), context)
    return true
  }

  private func passOn(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    passedOn = true
    context.fireChannelRead(wrapInboundOut(part))
  }

  // MARK: Answers

  private func answered(_ ticket: ResponseOrder<ByteBuffer>.Ticket, _ bytes: ByteBuffer) {
    guard let context else { return }
    write(order.answer(ticket, bytes))
    release(context)
    if !isInRead { flushIfNeeded(context) }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let isEnd = if case .end = unwrapOutboundIn(data) { true } else { false }
    context.write(data, promise: promise)
    guard isEnd else { return }
    lastPart = .now()
    order.endDownstreamResponse()
    release(context)
    if !isInRead { flushIfNeeded(context) }
  }

  /// Takes up what was held back, as far as it can go now.
  private func release(_ context: ChannelHandlerContext) {
    guard !held.isEmpty else { return }
    while let first = held.popFirst() {
      guard take(first, context) else {
        held.prepend(first)
        break
      }
    }
    // What went to the framework is delivered there when a read is complete.
    if !isInRead { context.fireChannelReadComplete() }
    if held.isEmpty, wantsRead {
      wantsRead = false
      context.read()
    }
  }

  private func take(_ item: Held, _ context: ChannelHandlerContext) -> Bool {
    switch item {
    case .part(let part):
      return take(part, context)
    case .event(let event):
      guard order.pendingFast == 0 else { return false }
      context.fireUserInboundEventTriggered(event)
    case .failure(let error):
      guard order.pendingFast == 0 else { return false }
      context.fireErrorCaught(error)
    }
    return true
  }

  private func write(_ answers: [ByteBuffer]) {
    for bytes in answers { write(bytes) }
  }

  private func write(_ bytes: ByteBuffer) {
    encoderContext?.write(NIOAny(IOData.byteBuffer(bytes)), promise: nil)
    needsFlush = true
  }

  private func flushIfNeeded(_ context: ChannelHandlerContext) {
    guard needsFlush else { return }
    needsFlush = false
    context.flush()
  }

  // MARK: Idle connections

  /// Closes a connection that has sent nothing complete for too long and waits for nothing.
  private func scheduleIdleCheck(_ context: ChannelHandlerContext, in delay: TimeAmount) {
    idleCheck = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
      let end = self.lastPart + self.idleTimeout
      if end <= .now(), self.order.isIdle || self.order.isPassingRequest {
        context.close(promise: nil)
      } else {
        self.scheduleIdleCheck(context, in: max(end - .now(), .milliseconds(100)))
      }
    }
  }

  private func leave() {
    idleCheck?.cancel()
    idleCheck = nil
    context = nil
    encoderContext = nil
    held = []
  }
}

@available(*, unavailable)
extension FastReadHandler: Sendable {}

/// A request that may be answered on the fast path, by its method, version and headers.
struct FastReadCandidate {
  private(set) var ifNoneMatch: String?

  /// `nil` for what only the framework handles: bodies, other methods and versions, connections that close.
  ///
  /// Who asks makes no difference to what is public: `Authorization` is not looked at, here or there.
  init?(_ head: HTTPRequestHead) {
    guard head.method == .GET, head.version == .http1_1, head.isKeepAlive else { return nil }
    guard head.uri.utf8.starts(with: "/listings".utf8) || head.uri.utf8.starts(with: "/search".utf8) else { return nil }
    for (name, value) in head.headers {
      switch name.utf8.count {
      case 6, 7, 13, 14, 17: break
      default: continue
      }
      switch name.lowercased() {
      case "expect", "upgrade", "content-length", "transfer-encoding": return nil
      case "if-none-match": ifNoneMatch = ifNoneMatch.map { "\($0), \(value)" } ?? value
      default: break
      }
    }
  }
}
