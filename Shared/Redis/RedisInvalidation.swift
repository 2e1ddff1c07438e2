import Concurrency
public import Logging
public import NIOCore
public import ServiceLifecycle
internal import Synchronization

/// Tells which keys have changed on the server, for a cache in this process
/// (https://redis.io/docs/latest/develop/reference/client-side-caching/, broadcasting mode with RESP2).
///
/// One connection tracks, another receives. When either is lost both are made again. Messages come in order, on one event
/// loop; the receiver must be quick. A user needs the rights to `CLIENT`, `SUBSCRIBE` and `PING` and to the channel
/// `__redis__:invalidate`.
public final class RedisInvalidation: Service {
  public enum Message: Sendable, Hashable {
    /// These keys were written, deleted or expired.
    case keys([String])
    /// Anything may have changed: empty the cache. Sent when listening begins, when it breaks off, and on `FLUSHALL`.
    case reset
  }

  private static let channelName = "__redis__:invalidate"
  /// A connection that is silent for three to four of these is lost, so that is found within a second.
  private static let heartbeat = Duration.milliseconds(250)

  private let connector: RedisConnector
  private let prefixes: [String]
  private let eventLoop: any EventLoop
  private let onMessage: @Sendable (Message) -> Void
  private let listening = Atomic<Bool>(false)

  /// - Parameter prefixes: of the keys to hear about, none the beginning of another; empty means every key.
  public init(
    configuration: RedisConfiguration,
    prefixes: [String],
    eventLoopGroup: any EventLoopGroup,
    logger: Logger,
    onMessage: @escaping @Sendable (Message) -> Void
  ) {
    connector = RedisConnector(
      configuration: configuration, metrics: RedisMetrics(server: configuration.server), logger: logger)
    self.prefixes = prefixes
    eventLoop = eventLoopGroup.next()
    self.onMessage = onMessage
  }

  /// Whether changes are heard at this moment. While they are not, a cache must not be filled: true is set after the first
  /// `reset`, false before the last.
  public var isConnected: Bool { listening.load(ordering: .acquiring) }

  /// Listens until graceful shutdown or cancellation.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var backoff = Backoff()
      while !Task.isCancelled {
        do {
          let end = try await self.listen()
          backoff.reset()
          self.report(await end.wait())
        } catch {
          if backoff.attempts == 0 { self.report(error) }
        }
        try? await Task.sleep(for: backoff.next())
      }
    }
  }

  private func report(_ error: any Error) {
    guard !Task.isCancelled else { return }
    connector.logger.warning(
      "redis invalidations are not heard",
      metadata: ["server": "\(connector.configuration.server)", "error": "\(error)"])
  }

  private func listen() async throws -> ListeningSession {
    let receiver = try await connector.connect(on: eventLoop, heartbeat: Self.heartbeat).get()
    do {
      let tracker = try await connector.connect(on: eventLoop, heartbeat: Self.heartbeat).get()
      let session = ListeningSession(receiver: receiver, tracker: tracker)
      do {
        try await eventLoop.flatSubmit { self.subscribe(session) }.get()
      } catch {
        session.close()
        throw error
      }
      return session
    } catch {
      eventLoop.execute { receiver.close() }
      throw error
    }
  }

  /// Runs on the event loop, as do all the steps.
  private func subscribe(_ session: ListeningSession) -> EventLoopFuture<Void> {
    let limit = TimeAmount(connector.configuration.connectTimeout)
    return session.receiver.send([RedisCommand("CLIENT", "ID")], within: limit)
      .flatMapThrowing { try $0[0].integer() }
      .flatMap { id in
        session.receiver.subscribe(to: Self.channelName, within: limit) { self.receive($0) }.map { id }
      }
      .flatMap { id in
        var command = RedisCommand("CLIENT", "TRACKING", "ON", "REDIRECT", .int(id), "BCAST")
        for prefix in self.prefixes {
          command.append("PREFIX")
          command.append(.string(prefix))
        }
        return session.tracker.send([command], within: limit)
      }
      .flatMapThrowing { replies in
        try replies[0].get()
        self.onMessage(.reset)
        self.listening.store(true, ordering: .releasing)
        session.whenOver {
          self.listening.store(false, ordering: .releasing)
          self.onMessage(.reset)
        }
      }
  }

  private func receive(_ push: RedisValue) {
    // ["message", channel, [key, …]]; null instead of keys means all of them. Anything else is an answer to PING.
    guard let parts = push.array, parts.count == 3, parts[0].string == "message" else { return }
    if let keys = parts[2].array {
      onMessage(.keys(keys.compactMap(\.string)))
    } else {
      onMessage(.reset)
    }
  }
}

/// The two connections of one time of listening; over when either is.
private final class ListeningSession: Sendable {
  let receiver: RedisChannel
  let tracker: RedisChannel
  private let over: EventLoopPromise<RedisError>

  init(receiver: RedisChannel, tracker: RedisChannel) {
    self.receiver = receiver
    self.tracker = tracker
    over = receiver.eventLoop.makePromise()
    receiver.eventLoop.execute {
      // A promise takes only its first value.
      receiver.whenClosed { self.end($0) }
      tracker.whenClosed { self.end($0) }
    }
  }

  private func end(_ reason: RedisError) {
    over.succeed(reason)
    receiver.close(reason)
    tracker.close(reason)
  }

  func whenOver(_ body: @escaping @Sendable () -> Void) {
    over.futureResult.whenComplete { _ in body() }
  }

  /// Waits for the end; a cancelled task brings it about.
  func wait() async -> RedisError {
    await withTaskCancellationHandler {
      (try? await over.futureResult.get()) ?? .taskCancelled
    } onCancel: {
      close()
    }
  }

  func close() {
    receiver.eventLoop.execute { self.receiver.close() }
  }
}
