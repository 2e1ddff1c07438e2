import Concurrency
internal import DequeModule
internal import Logging
public import NIOCore
internal import Synchronization

/// The connection of one event loop to one server; it reconnects automatically.
///
/// Any number of callers share it. Commands in flight when it breaks fail with ``RedisError/Code-swift.struct/connectionLost``
/// and are never resent; new commands wait briefly for the next connection.
///
/// `@unchecked Sendable`: the variables are used on `eventLoop` only; everything else is constant or synchronized.
public final class RedisConnection: @unchecked Sendable {
  public let eventLoop: any EventLoop

  private enum State {
    case idle
    case connecting
    case ready(RedisChannel)
    case backingOff(Scheduled<Void>)
    case closed
  }

  private struct Mailbox {
    var submissions: [RedisSubmission] = []
    var isScheduled = false
  }

  /// The number of failed attempts after which commands fail at once instead of waiting.
  private static let maximumFailures = 3

  private let connector: RedisConnector
  private let logger: Logger
  private let onReady: @Sendable (_ isReconnect: Bool) -> Void
  private let mailbox = Mutex(Mailbox())
  private let readiness = Atomic<Bool>(false)

  private var state = State.idle
  private var waiting: Deque<RedisSubmission> = []
  private var waitTimer: (at: NIODeadline, task: Scheduled<Void>)?
  private var backoff = Backoff()
  private var lastError = RedisError(.unavailable, "not connected yet")
  private var hasBeenReady = false
  private var spare: [RedisSubmission] = []

  init(eventLoop: any EventLoop, connector: RedisConnector, onReady: @escaping @Sendable (_ isReconnect: Bool) -> Void) {
    self.eventLoop = eventLoop
    self.connector = connector
    self.onReady = onReady
    logger = connector.logger
  }

  deinit {
    for submission in waiting {
      submission.waiter.fail(RedisError(.unavailable, "the client was deallocated"))
    }
  }

  /// Whether commands can be sent at this moment.
  public var isConnected: Bool { readiness.load(ordering: .acquiring) }

  /// Sends commands in one write and delivers their replies in order, error replies as values; meant to be called on
  /// ``eventLoop``, where it costs no thread hop and no task.
  ///
  /// The future fails with ``RedisError``: `queueFull`, `unavailable`, `timedOut` or `connectionLost`.
  public func send(_ commands: [RedisCommand], deadline: Duration? = nil) -> EventLoopFuture<[RedisValue]> {
    let promise = eventLoop.makePromise(of: [RedisValue].self)
    let submission = submission(commands, .promise(promise), deadline: deadline)
    if eventLoop.inEventLoop {
      submit(submission)
    } else {
      eventLoop.execute { self.submit(submission) }
    }
    return promise.futureResult
  }

  /// Sends commands from any thread; concurrent calls share one wake-up of the event loop.
  func send(_ commands: [RedisCommand], deadline: Duration?) async throws -> [RedisValue] {
    let request = RedisRequest()
    let submission = submission(commands, .task(request), deadline: deadline)
    return try await request.replies { post(submission) }
  }

  private func submission(_ commands: [RedisCommand], _ waiter: RedisWaiter, deadline: Duration?) -> RedisSubmission {
    let now = NIODeadline.now()
    let limit = TimeAmount(deadline ?? connector.configuration.commandDeadline)
    return RedisSubmission(commands: commands, waiter: waiter, sent: now, deadline: now + limit)
  }

  private func post(_ submission: RedisSubmission) {
    enum Next { case nothing, wake, refuse }
    let next: Next = mailbox.withLock { mailbox in
      guard mailbox.submissions.count < connector.configuration.queueLimit else { return .refuse }
      mailbox.submissions.append(submission)
      guard !mailbox.isScheduled else { return .nothing }
      mailbox.isScheduled = true
      return .wake
    }
    switch next {
    case .nothing: break
    case .wake: eventLoop.execute { self.emptyMailbox() }
    case .refuse: submission.waiter.fail(.tooManyOutstanding)
    }
  }

  private func emptyMailbox() {
    mailbox.withLock { mailbox in
      swap(&mailbox.submissions, &spare)
      mailbox.isScheduled = false
    }
    for submission in spare {
      submit(submission)
    }
    spare.removeAll(keepingCapacity: true)
  }

  private func submit(_ submission: RedisSubmission) {
    guard !submission.commands.isEmpty else { return submission.waiter.succeed([]) }
    switch state {
    case .ready(let channel):
      channel.send(submission)
    case .closed:
      submission.waiter.fail(RedisError(.unavailable, "the client has been shut down"))
    case .idle, .connecting, .backingOff:
      guard backoff.attempts < Self.maximumFailures else { return submission.waiter.fail(lastError) }
      guard waiting.count < connector.configuration.queueLimit else { return submission.waiter.fail(.tooManyOutstanding) }
      waiting.append(submission)
      watchWaiting(waitingEnds(submission))
    }
  }

  // MARK: Waiting for a connection

  /// When a command that waits for a connection fails.
  private func waitingEnds(_ submission: RedisSubmission) -> NIODeadline {
    min(submission.sent + TimeAmount(connector.configuration.connectionWait), submission.deadline)
  }

  private func watchWaiting(_ due: NIODeadline) {
    if let waitTimer {
      guard due < waitTimer.at else { return }
      waitTimer.task.cancel()
    }
    waitTimer = (due, eventLoop.scheduleTask(deadline: due) { self.expireWaiting() })
  }

  private func expireWaiting() {
    waitTimer = nil
    let now = eventLoop.now
    let expired = waiting.filter { waitingEnds($0) <= now }
    waiting.removeAll { waitingEnds($0) <= now }
    if let due = waiting.lazy.map(waitingEnds).min() { watchWaiting(due) }
    for submission in expired {
      submission.waiter.fail(lastError)
    }
  }

  private func stopWaiting(_ body: (RedisSubmission) -> Void) {
    waitTimer?.task.cancel()
    waitTimer = nil
    let submissions = waiting
    waiting = []
    for submission in submissions {
      body(submission)
    }
  }

  // MARK: Connecting, on the event loop

  func start() {
    guard case .idle = state else { return }
    connect()
  }

  private func connect() {
    state = .connecting
    connector.connect(on: eventLoop, heartbeat: connector.configuration.heartbeat).whenComplete { result in
      switch result {
      case .success(let channel): self.connected(channel)
      case .failure(let error): self.failed(error as? RedisError ?? RedisError(.unavailable, "\(error)"))
      }
    }
  }

  private func connected(_ channel: RedisChannel) {
    guard case .connecting = state else { return channel.close() }
    if backoff.attempts > 0 {
      logger.notice("Redis is reachable again.", metadata: ["server": "\(connector.configuration.server)"])
    }
    backoff.reset()
    state = .ready(channel)
    readiness.store(true, ordering: .releasing)
    channel.whenClosed { self.failed(RedisError(.unavailable, $0.message)) }
    let now = eventLoop.now
    stopWaiting { $0.deadline > now ? channel.send($0) : $0.waiter.fail(.deadlinePassed) }
    onReady(hasBeenReady)
    hasBeenReady = true
  }

  private func failed(_ error: RedisError) {
    readiness.store(false, ordering: .releasing)
    if case .closed = state { return }
    lastError = error
    if backoff.attempts == 0 {
      logger.warning(
        "Redis can't be reached.", metadata: ["server": "\(connector.configuration.server)", "error": "\(error.message)"])
    }
    let pause = TimeAmount(backoff.next())
    if backoff.attempts >= Self.maximumFailures { stopWaiting { $0.waiter.fail(error) } }
    state = .backingOff(eventLoop.scheduleTask(in: pause) { self.connect() })
  }

  /// Rejects new commands, completes those in flight, and closes.
  func shutDown() -> EventLoopFuture<Void> {
    eventLoop.flatSubmit {
      let before = self.state
      self.state = .closed
      self.readiness.store(false, ordering: .releasing)
      self.stopWaiting { $0.waiter.fail(RedisError(.unavailable, "the client has been shut down")) }
      switch before {
      case .ready(let channel):
        let closed = self.eventLoop.makePromise(of: Void.self)
        channel.whenClosed { _ in closed.succeed() }
        channel.drain(within: TimeAmount(self.connector.configuration.commandDeadline))
        return closed.futureResult
      case .backingOff(let attempt):
        attempt.cancel()
      case .idle, .connecting, .closed:
        break
      }
      return self.eventLoop.makeSucceededVoidFuture()
    }
  }
}
