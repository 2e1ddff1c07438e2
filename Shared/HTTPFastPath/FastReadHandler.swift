import DequeModule
public import NIOCore
public import NIOHTTP1

/// Handles reads directly behind the request decoder, bypassing the framework; all other requests are passed on to it.
///
/// Prepared bytes are written to the response encoder's own context, so that they are not encoded again. Flushes are coalesced
/// per read from the socket. While anything is held back nothing more is read, so a connection buffers at most one read's worth
/// of requests. Bound to its channel's event loop.
public final class FastReadHandler: ChannelDuplexHandler, RemovableChannelHandler {
  public typealias InboundIn = HTTPServerRequestPart
  public typealias InboundOut = HTTPServerRequestPart
  public typealias OutboundIn = HTTPServerResponsePart
  public typealias OutboundOut = HTTPServerResponsePart

  /// Input that must wait for an earlier response.
  private enum Held {
    case part(HTTPServerRequestPart)
    case event(Any)
    case failure(any Error)
  }

  private let source: any FastReadSource
  private let encoder: HTTPResponseEncoder
  private let idleTimeout: TimeAmount
  private var context: ChannelHandlerContext?
  private var encoderContext: ChannelHandlerContext?
  private var order = ResponseOrder<ByteBuffer>()
  private var held: Deque<Held> = []
  private var dropsBody = false
  private var isInRead = false
  private var needsFlush = false
  private var wantsRead = false
  private var idleCheck: Scheduled<Void>?
  private var lastPart = NIODeadline.now()
  private var sawPart = false
  private var passedOn = false

  /// - Parameters:
  ///   - encoder: placed before this handler in the same pipeline.
  ///   - idleTimeout: how long a connection may be idle.
  public init(source: any FastReadSource, encoder: HTTPResponseEncoder, idleTimeout: TimeAmount) {
    self.source = source
    self.encoder = encoder
    self.idleTimeout = idleTimeout
  }

  public func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    encoderContext = try? context.pipeline.syncOperations.context(handler: encoder)
    scheduleIdleCheck(context, in: idleTimeout)
  }

  public func handlerRemoved(context: ChannelHandlerContext) {
    leave()
  }

  public func channelInactive(context: ChannelHandlerContext) {
    leave()
    context.fireChannelInactive()
  }

  // MARK: Inbound

  public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isInRead = true
    sawPart = true
    let part = unwrapInboundIn(data)
    if !held.isEmpty || !take(part, context) { held.append(.part(part)) }
  }

  public func channelReadComplete(context: ChannelHandlerContext) {
    isInRead = false
    if sawPart {
      sawPart = false
      lastPart = .now()
    }
    flushIfNeeded(context)
    if !passedOn, held.isEmpty, order.admitsFast {
      // The handlers behind received nothing of this read, so they need no read-complete event.
      read(context: context)
    } else {
      passedOn = false
      context.fireChannelReadComplete()
    }
  }

  public func read(context: ChannelHandlerContext) {
    // While the client doesn't read its responses, no more requests are read: they would accumulate here.
    if held.isEmpty, context.channel.isWritable { context.read() } else { wantsRead = true }
  }

  public func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { readIfWanted(context) }
    context.fireChannelWritabilityChanged()
  }

  private func readIfWanted(_ context: ChannelHandlerContext) {
    guard wantsRead, held.isEmpty, context.channel.isWritable else { return }
    wantsRead = false
    context.read()
  }

  public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The end of input, or the server's shutdown, is handled after the responses to earlier requests.
    if held.isEmpty, order.pendingFast == 0 {
      context.fireUserInboundEventTriggered(event)
    } else {
      held.append(.event(event))
    }
  }

  public func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if held.isEmpty, order.pendingFast == 0 { context.fireErrorCaught(error) } else { held.append(.failure(error)) }
  }

  /// Handles a part of a request; false if it must wait.
  private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) -> Bool {
    switch part {
    case .head(let head):
      return take(head, context)
    case .body:
      // The body of a request that needed none is dropped; its length was checked by the source.
      if !dropsBody { passOn(part, context) }
    case .end:
      if dropsBody {
        dropsBody = false
      } else {
        order.endDownstreamRequest()
        passOn(part, context)
      }
    }
    return true
  }

  private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
    guard order.admitsFast else { return false }
    switch source.read(head) {
    case .ready(let bytes):
      dropsBody = true
      if order.isIdle { write(bytes) } else { write(order.complete(order.beginFast(), bytes)) }
      return true
    case .pending(let wait):
      dropsBody = true
      let ticket = order.beginFast()
      wait { self.completed(ticket, $0) }
      return true
    case .notHandled:
      break
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

  // MARK: Responses

  private func completed(_ ticket: ResponseOrder<ByteBuffer>.Ticket, _ bytes: ByteBuffer) {
    guard let context else { return }
    write(order.complete(ticket, bytes))
    release(context)
    if !isInRead { flushIfNeeded(context) }
  }

  public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let isEnd = if case .end = unwrapOutboundIn(data) { true } else { false }
    context.write(data, promise: promise)
    guard isEnd else { return }
    lastPart = .now()
    order.endDownstreamResponse()
    release(context)
    if !isInRead { flushIfNeeded(context) }
  }

  /// Processes held input, as far as possible now.
  private func release(_ context: ChannelHandlerContext) {
    guard !held.isEmpty else { return }
    while let first = held.popFirst() {
      guard take(first, context) else {
        held.prepend(first)
        break
      }
    }
    // Parts passed to the framework are delivered there when a read is complete.
    if !isInRead { context.fireChannelReadComplete() }
    readIfWanted(context)
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

  private func write(_ responses: [ByteBuffer]) {
    for bytes in responses { write(bytes) }
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

  /// Closes a connection that has been idle for too long.
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
