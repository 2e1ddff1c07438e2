import Concurrency
public import Logging
public import NIOCore

/// A dedicated connection for blocking commands, such as `XREADGROUP … BLOCK`.
///
/// Commands run one after the other. It connects when it is first used, and reconnects after a loss; after a failed attempt the
/// next one is delayed by the backoff, so callers may simply retry in a loop.
///
/// `@unchecked Sendable`: `state`, `backoff` and `isPaused` are used on `eventLoop` only; the rest is constant.
public final class RedisBlockingConnection: RedisCommands, @unchecked Sendable {
  private enum State {
    case idle
    case connecting(EventLoopFuture<RedisChannel>)
    case ready(RedisChannel)
    case closed
  }

  private let eventLoop: any EventLoop
  private let connector: RedisConnector
  private var state = State.idle
  private var backoff = Backoff()
  private var isPaused = false

  public init(configuration: RedisConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger) {
    eventLoop = eventLoopGroup.next()
    connector = RedisConnector(
      configuration: configuration, metrics: RedisMetrics(server: configuration.server), logger: logger)
  }

  deinit {
    if case .ready(let channel) = state {
      channel.eventLoop.execute { channel.close() }
    }
  }

  /// Sends one command and waits for its reply.
  ///
  /// A cancelled task, and a passed deadline, close the connection, since nothing else ends the wait on the server. Entries that
  /// the server delivered at that moment stay in the consumer group's pending list.
  ///
  /// - Parameter deadline: counts from when the command is written, so choose it longer than the command's own `BLOCK`.
  /// - Throws: ``RedisError``, also for error replies.
  @discardableResult
  public func send(_ command: RedisCommand, deadline: Duration? = nil) async throws -> RedisValue {
    let request = RedisRequest()
    let limit = TimeAmount(deadline ?? connector.configuration.commandDeadline)
    do {
      let replies = try await request.replies {
        eventLoop.execute { self.begin(request, command, limit) }
      }
      return try replies[0].get()
    } catch let error as RedisError where error.code == .cancelled || error.code == .timedOut {
      eventLoop.execute { self.disconnect(error) }
      throw error
    }
  }

  /// Closes the connection for good; a command in flight fails.
  public func close() {
    eventLoop.execute {
      self.disconnect(RedisError(.connectionLost, "the connection was closed"))
      self.state = .closed
    }
  }

  private func begin(_ request: RedisRequest, _ command: RedisCommand, _ limit: TimeAmount) {
    if case .ready(let channel) = state { return write(request, command, limit, to: channel) }
    obtain().whenComplete { result in
      switch result {
      case .success(let channel): self.write(request, command, limit, to: channel)
      case .failure(let error): request.finish(.failure(error as? RedisError ?? RedisError(.unavailable, "\(error)")))
      }
    }
  }

  private func write(_ request: RedisRequest, _ command: RedisCommand, _ limit: TimeAmount, to channel: RedisChannel) {
    let now = eventLoop.now
    channel.send(RedisSubmission(commands: [command], waiter: .task(request), sent: now, deadline: now + limit))
  }

  private func obtain() -> EventLoopFuture<RedisChannel> {
    switch state {
    case .ready(let channel): return eventLoop.makeSucceededFuture(channel)
    case .connecting(let future): return future
    case .closed: return eventLoop.makeFailedFuture(RedisError(.unavailable, "the connection has been closed"))
    case .idle: break
    }
    let pause = isPaused ? TimeAmount(backoff.next()) : .zero
    let attempt = eventLoop.flatScheduleTask(in: pause) { self.connector.connect(on: self.eventLoop, heartbeat: nil) }
    state = .connecting(attempt.futureResult)
    attempt.futureResult.whenComplete { self.attempted($0) }
    return attempt.futureResult
  }

  private func attempted(_ result: Result<RedisChannel, any Error>) {
    guard case .connecting = state else {
      if case .success(let channel) = result { channel.close() }
      return
    }
    switch result {
    case .success(let channel):
      state = .ready(channel)
      isPaused = false
      backoff.reset()
      channel.whenClosed { _ in
        if case .ready(let current) = self.state, current === channel { self.state = .idle }
      }
    case .failure:
      state = .idle
      isPaused = true
    }
  }

  private func disconnect(_ reason: RedisError) {
    guard case .ready(let channel) = state else { return }
    state = .idle
    channel.close(reason)
  }
}
