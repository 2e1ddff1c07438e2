import Concurrency
public import Logging
public import NIOCore
public import ServiceLifecycle
internal import Synchronization

/// Receives invalidation messages for a cache in this process
/// (https://redis.io/docs/latest/develop/reference/client-side-caching/, broadcasting mode with RESP2).
///
/// One connection tracks, another receives. When either is lost both are reopened. Messages arrive in order, on one event loop;
/// the receiver must not block. The user needs the rights to `CLIENT`, `SUBSCRIBE` and `PING` and to the channel
/// `__redis__:invalidate`.
public final class RedisInvalidation: Service {
  public enum Message: Sendable, Hashable {
    /// These keys were written, deleted or expired.
    case keys([String])
    /// Anything may have changed: empty the cache. Sent when tracking begins, when it breaks off, and on `FLUSHALL`.
    case reset
  }

  private static let channelName = "__redis__:invalidate"
  /// A connection counts as lost after three to four silent heartbeats, that is within a second.
  private static let heartbeat = Duration.milliseconds(250)

  private let connector: RedisConnector
  private let prefixes: [String]
  private let eventLoop: any EventLoop
  private let onMessage: @Sendable (Message) -> Void
  private let isTracking = Atomic<Bool>(false)

  /// - Parameter prefixes: of the tracked keys, none a prefix of another; empty for every key.
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

  /// Whether changes are being received. While they are not, a cache must not be filled: it becomes true after the first `reset`,
  /// false before the last.
  public var isConnected: Bool { isTracking.load(ordering: .acquiring) }

  /// Tracks until graceful shutdown or cancellation.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var backoff = Backoff()
      while !Task.isCancelled {
        do {
          let end = try await self.track()
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
      "Redis invalidations can't be received.",
      metadata: ["server": "\(connector.configuration.server)", "error": "\(error)"])
  }

  private func track() async throws -> TrackingSession {
    let receiver = try await connector.connect(on: eventLoop, heartbeat: Self.heartbeat).get()
    do {
      let tracker = try await connector.connect(on: eventLoop, heartbeat: Self.heartbeat).get()
      let session = TrackingSession(receiver: receiver, tracker: tracker)
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

  /// Runs on the event loop, as do all its steps.
  private func subscribe(_ session: TrackingSession) -> EventLoopFuture<Void> {
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
        self.isTracking.store(true, ordering: .releasing)
        session.whenEnded {
          self.isTracking.store(false, ordering: .releasing)
          self.onMessage(.reset)
        }
      }
  }

  private func receive(_ reply: RedisValue) {
    // ["message", channel, [key, …]]; null instead of keys means all of them. Anything else is a reply to PING.
    guard let parts = reply.array, parts.count == 3, parts[0].string == "message" else { return }
    if let keys = parts[2].array {
      onMessage(.keys(keys.compactMap(\.string)))
    } else {
      onMessage(.reset)
    }
  }
}

/// The two connections of one tracking session; it ends when either is closed.
private final class TrackingSession: Sendable {
  let receiver: RedisChannel
  let tracker: RedisChannel
  private let ended: EventLoopPromise<RedisError>

  init(receiver: RedisChannel, tracker: RedisChannel) {
    self.receiver = receiver
    self.tracker = tracker
    ended = receiver.eventLoop.makePromise()
    receiver.eventLoop.execute {
      // A promise takes only its first value.
      receiver.whenClosed { self.end($0) }
      tracker.whenClosed { self.end($0) }
    }
  }

  private func end(_ reason: RedisError) {
    ended.succeed(reason)
    receiver.close(reason)
    tracker.close(reason)
  }

  func whenEnded(_ body: @escaping @Sendable () -> Void) {
    ended.futureResult.whenComplete { _ in body() }
  }

  /// Waits for the end of the session; cancellation ends it.
  func wait() async -> RedisError {
    await withTaskCancellationHandler {
      (try? await ended.futureResult.get()) ?? .taskCancelled
    } onCancel: {
      close()
    }
  }

  func close() {
    receiver.eventLoop.execute { self.receiver.close() }
  }
}
