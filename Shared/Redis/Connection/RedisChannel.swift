internal import NIOCore

/// One TCP connection: writes commands, and passes each reply to the request at the head of the queue.
///
/// `@unchecked Sendable`: all members are used on `eventLoop` only; references may be passed anywhere.
final class RedisChannel: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// A write buffer that a large command made larger than this is freed.
  private static let keptBuffer = 1 << 20

  let eventLoop: any EventLoop
  private let metrics: RedisMetrics
  private let heartbeat: TimeAmount?
  private let reader: ReplyReader
  private var queue: ReplyQueue<RedisWaiter>

  private var context: ChannelHandlerContext?
  private var outgoing = ByteBuffer()
  private var reportedInFlight = 0
  private var isReading = false
  private var readTime = NIODeadline.uptimeNanoseconds(0)
  private var isFlushScheduled = false
  private var isDraining = false
  private var hasReceived = true
  private var silentBeats = 0

  private var deadlineTimer: (at: NIODeadline, task: Scheduled<Void>)?
  private var heartbeatTimer: RepeatedTask?
  private var onPush: ((RedisValue) -> Void)?
  private var onClose: [(RedisError) -> Void] = []
  /// Why it is closed or closing; nil while it is in use.
  private(set) var closeReason: RedisError?

  /// - Parameter heartbeat: how often to ping a silent server; nil for a connection of blocking commands.
  init(eventLoop: any EventLoop, queueLimit: Int, heartbeat: TimeAmount?, metrics: RedisMetrics) throws(RedisError) {
    self.eventLoop = eventLoop
    self.metrics = metrics
    self.heartbeat = heartbeat
    reader = try ReplyReader()
    queue = ReplyQueue(limit: queueLimit)
  }

  // MARK: Sending

  func send(_ submission: RedisSubmission) {
    if let closeReason { return submission.waiter.fail(RedisError(.unavailable, closeReason.message)) }
    if submission.waiter.isDone { return }
    guard
      queue.enter(
        submission.waiter, replies: submission.commands.count, sent: submission.sent, deadline: submission.deadline)
    else { return submission.waiter.fail(.tooManyOutstanding) }
    for command in submission.commands {
      command.encode(into: &outgoing)
    }
    flushSoon()
    watchDeadline()
  }

  func send(_ commands: [RedisCommand], within limit: TimeAmount) -> EventLoopFuture<[RedisValue]> {
    let promise = eventLoop.makePromise(of: [RedisValue].self)
    let now = eventLoop.now
    send(RedisSubmission(commands: commands, waiter: .promise(promise), sent: now, deadline: now + limit))
    return promise.futureResult
  }

  /// Subscribes to one channel. After that no other command may be sent; every later reply goes to `onPush`.
  func subscribe(
    to name: String, within limit: TimeAmount, onPush: @escaping (RedisValue) -> Void
  ) -> EventLoopFuture<Void> {
    self.onPush = onPush
    return send([RedisCommand("SUBSCRIBE", .string(name))], within: limit).flatMapThrowing { try $0[0].get() }.map { _ in }
  }

  /// One write for all commands of this turn of the event loop: at the end of a read, or after all other events.
  private func flushSoon() {
    guard !isReading, !isFlushScheduled else { return }
    isFlushScheduled = true
    eventLoop.execute { self.flush() }
  }

  private func flush() {
    isFlushScheduled = false
    reportInFlight()
    guard let context, outgoing.readableBytes > 0 else { return }
    context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
    // Usually the kernel has taken the bytes by now, and the storage is reused.
    if outgoing.capacity > Self.keptBuffer { outgoing = ByteBuffer() } else { outgoing.clear() }
  }

  private func reportInFlight() {
    guard queue.outstanding != reportedInFlight else { return }
    metrics.inFlight(changedBy: queue.outstanding - reportedInFlight)
    reportedInFlight = queue.outstanding
  }

  // MARK: Closing

  /// Calls `body` with the reason as soon as the connection is closed, at once if it is closed already.
  func whenClosed(_ body: @escaping (RedisError) -> Void) {
    if let closeReason { return body(closeReason) }
    onClose.append(body)
  }

  /// Fails everything outstanding and closes the socket.
  func close(_ reason: RedisError = RedisError(.connectionLost, "the connection was closed")) {
    guard closeReason == nil else { return }
    closeReason = reason
    heartbeatTimer?.cancel()
    deadlineTimer?.task.cancel()
    onPush = nil
    context?.close(promise: nil)
    let waiters = queue.abandon()
    reportInFlight()
    // The owner first: a waiter that retries at once must find it reconnecting.
    let listeners = onClose
    onClose = []
    for listener in listeners {
      listener(reason)
    }
    for waiter in waiters {
      waiter.fail(reason)
    }
  }

  /// Closes when all outstanding requests have completed, after `limit` at the latest.
  func drain(within limit: TimeAmount) {
    isDraining = true
    guard !queue.isEmpty else { return close() }
    eventLoop.scheduleTask(in: limit) { self.close() }
  }

  // MARK: Deadlines and heartbeats

  /// One timer per connection, set to the earliest deadline. It rarely changes, because most deadlines are equally long.
  private func watchDeadline() {
    guard let due = queue.nextDeadline else { return }
    if let deadlineTimer {
      guard due < deadlineTimer.at else { return }
      deadlineTimer.task.cancel()
    }
    deadlineTimer = (due, eventLoop.scheduleTask(deadline: due) { self.deadlinePassed() })
  }

  private func deadlinePassed() {
    deadlineTimer = nil
    let expired = queue.expire(now: eventLoop.now)
    metrics.timedOut(expired.count)
    for waiter in expired {
      waiter.fail(.deadlinePassed)
    }
    watchDeadline()
  }

  /// Pings a silent server, and closes the connection after three silent heartbeats; but not while the server works on a command
  /// whose deadline has not passed.
  private func beat(_ interval: TimeAmount) {
    silentBeats = hasReceived ? 0 : silentBeats + 1
    hasReceived = false
    guard silentBeats > 0 else { return }
    let now = eventLoop.now
    let isSubscribed = onPush != nil
    if silentBeats >= 3, isSubscribed || queue.isOverdue(now: now) {
      return close(RedisError(.connectionLost, "the server doesn't respond"))
    }
    let ping = RedisCommand("PING")
    if isSubscribed {
      ping.encode(into: &outgoing)
      flushSoon()
    } else if queue.isEmpty {
      send(RedisSubmission(commands: [ping], waiter: .heartbeat, sent: now, deadline: now + interval))
    }
  }

  // MARK: ChannelInboundHandler

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    guard let heartbeat else { return }
    heartbeatTimer = eventLoop.scheduleRepeatedTask(initialDelay: heartbeat, delay: heartbeat) { _ in self.beat(heartbeat) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard closeReason == nil else { return }
    isReading = true
    hasReceived = true
    readTime = eventLoop.now
    do {
      try reader.feed(unwrapInboundIn(data))
      while closeReason == nil, let value = try reader.next() {
        take(value)
      }
    } catch {
      close(error)
    }
  }

  private func take(_ value: RedisValue) {
    switch queue.receive(value) {
    case .none:
      break
    case .complete(let waiter, let replies, let sent):
      metrics.replied(after: readTime - sent)
      waiter.succeed(replies)
    case .violation:
      guard let onPush else { return close(RedisError(.protocolViolation, "a reply without a command")) }
      onPush(value)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    reportInFlight()
    flush()
    if isDraining, queue.isEmpty { close() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    close(RedisError(.connectionLost, "\(error)"))
  }

  func channelInactive(context: ChannelHandlerContext) {
    close(RedisError(.connectionLost, "the server closed the connection"))
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    close()
  }
}
