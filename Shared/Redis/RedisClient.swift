public import Logging
public import NIOCore
public import ServiceLifecycle
internal import Synchronization

/// A client of one server: one shared, pipelined connection for each event loop of the group.
///
/// ``run()`` opens the connections and keeps them open; earlier commands wait briefly and then fail as unavailable. Safe to use
/// from any task and thread. Never send blocking commands here, which would stall all callers: use ``RedisBlockingConnection``.
public final class RedisClient: Service, RedisCommands {
  public let configuration: RedisConfiguration

  private let connections: [RedisConnection]
  private let byEventLoop: [ObjectIdentifier: RedisConnection]
  private let turn = Atomic<Int>(0)
  private let readiness: RedisReadiness

  public init(configuration: RedisConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger) {
    self.configuration = configuration
    let metrics = RedisMetrics(server: configuration.server)
    let readiness = RedisReadiness(metrics: metrics)
    let connector = RedisConnector(configuration: configuration, metrics: metrics, logger: logger)
    let connections = eventLoopGroup.makeIterator().map { eventLoop in
      RedisConnection(eventLoop: eventLoop, connector: connector) { readiness.connected(isReconnect: $0) }
    }
    self.readiness = readiness
    self.connections = connections
    byEventLoop = Dictionary(connections.map { (ObjectIdentifier($0.eventLoop), $0) }) { first, _ in first }
  }

  /// Serves until graceful shutdown or cancellation; then completes commands in flight and closes the connections.
  public func run() async throws {
    for connection in connections {
      connection.eventLoop.execute { connection.start() }
    }
    try? await gracefulShutdown()
    for connection in connections {
      try? await connection.shutDown().get()
    }
  }

  /// The connection of an event loop of the client's group; for another loop, one whose futures are not on it.
  public func connection(on eventLoop: any EventLoop) -> RedisConnection {
    byEventLoop[ObjectIdentifier(eventLoop)] ?? connections[0]
  }

  /// The event loops that have a connection.
  public var eventLoops: [any EventLoop] { connections.map(\.eventLoop) }

  /// At least one connection is up.
  public var isConnected: Bool { connections.contains { $0.isConnected } }

  /// Incremented each time a connection is established, also the first time.
  public var connectionGeneration: Int { readiness.generation }

  /// Calls `hook` each time a connection is re-established after a loss (once for each event loop). It runs on an event loop and
  /// must not block.
  public func onReconnect(_ hook: @escaping @Sendable () -> Void) {
    readiness.add(hook)
  }

  /// Sends one command on any connection.
  ///
  /// - Parameter deadline: from now to the reply; nil for the configuration's.
  /// - Throws: ``RedisError``, also for error replies.
  @discardableResult
  public func send(_ command: RedisCommand, deadline: Duration? = nil) async throws -> RedisValue {
    let replies = try await next().send([command], deadline: deadline)
    return try replies[0].get()
  }

  /// Sends commands in one write on one connection (the server may run other callers' commands between them): replies in order,
  /// error replies as values.
  @discardableResult
  public func send(_ commands: [RedisCommand], deadline: Duration? = nil) async throws -> [RedisValue] {
    try await next().send(commands, deadline: deadline)
  }

  /// Runs commands as one transaction (`MULTI` … `EXEC`): all or, when one is rejected on entry, none.
  ///
  /// - Returns: their replies in order; a command that failed while running is an error value, and the others still ran.
  @discardableResult
  public func transaction(_ commands: [RedisCommand], deadline: Duration? = nil) async throws -> [RedisValue] {
    if commands.isEmpty { return [] }
    let replies = try await send([RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")], deadline: deadline)
    if case .array(let results) = replies[replies.count - 1], results.count == commands.count { return results }
    // EXEC returns only EXECABORT; the reason is the reply to the rejected command.
    for reply in replies { try reply.get() }
    throw RedisError(.protocolViolation, "EXEC returned \(replies[replies.count - 1])")
  }

  private func next() -> RedisConnection {
    let start = turn.add(1, ordering: .relaxed).newValue & Int.max
    for offset in connections.indices {
      let connection = connections[(start + offset) % connections.count]
      if connection.isConnected { return connection }
    }
    return connections[start % connections.count]
  }
}

/// Counts established connections and calls the reconnect hooks.
private final class RedisReadiness: Sendable {
  private let count = Atomic<Int>(0)
  private let hooks = Mutex<[@Sendable () -> Void]>([])
  private let metrics: RedisMetrics

  init(metrics: RedisMetrics) {
    self.metrics = metrics
  }

  var generation: Int { count.load(ordering: .acquiring) }

  func add(_ hook: @escaping @Sendable () -> Void) {
    hooks.withLock { $0.append(hook) }
  }

  func connected(isReconnect: Bool) {
    count.add(1, ordering: .acquiringAndReleasing)
    guard isReconnect else { return }
    metrics.reconnected()
    for hook in hooks.withLock({ $0 }) {
      hook()
    }
  }
}
