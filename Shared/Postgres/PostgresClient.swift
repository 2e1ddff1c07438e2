public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// A client of one PostgreSQL database.
///
/// Single statements of all tasks share a few connections in pipeline mode; each transaction gets a connection of its own. All
/// libpq calls run on one thread that this client owns, so neither Swift's pool nor an event loop ever waits for them. The thread
/// starts with the first use or with ``run()``, reconnects automatically, and ends with ``run()``.
public final class PostgresClient: Service, Sendable {
  let configuration: PostgresConfiguration
  let logger: Logger
  private let queue: SubmissionQueue
  private let registry = StatementRegistry()
  private let rejected = Counter(label: "postgres_queue_rejected_total")

  public init(configuration: PostgresConfiguration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    queue = SubmissionQueue(limit: configuration.queueLimit)
  }

  deinit {
    queue.startDraining()
  }

  /// Serves until graceful shutdown or cancellation; then rejects new work, completes what has begun (10 s at most), and closes
  /// the connections.
  public func run() async throws {
    start()
    try? await gracefulShutdown()
    await queue.drain()
  }

  /// Whether at least one shared connection is up.
  public var isConnected: Bool { queue.liveConnections.load(ordering: .relaxed) > 0 }

  /// Executes one statement in a transaction of its own, and returns its rows.
  ///
  /// Throws ``PostgresError``. A statement that was sent is only sent again if it certainly was not executed, or if it
  /// ``PostgresStatement/isReadOnly``. Cancelling the task stops the waiting, not the statement.
  public func execute<S: PostgresStatement>(_ statement: S) async throws -> [S.Row] {
    guard !S.isPlannedForItsValues else { return try await withTransaction { try await $0.execute(statement) } }
    return try await execute(statement, kind: .shared, lease: nil)
  }

  /// Runs `body` in a transaction: COMMIT when it returns, ROLLBACK when it throws.
  ///
  /// Throws what `body` throws; ``PostgresError`` when the transaction cannot begin or commit. With
  /// ``PostgresError/Code/outcomeUnknown`` the connection was lost during COMMIT. Make no remote calls in `body`: it holds a
  /// connection and locks.
  public func withTransaction<R: Sendable>(
    isolation: isolated (any Actor)? = #isolation, _ body: (PostgresTransaction) async throws -> R
  ) async throws -> R {
    let begin = Request(.begin, registry.begin)
    _ = try await send(begin)
    guard let lease = begin.lease else { throw PostgresError(.unavailable, message: "no connection for a transaction") }
    let value: R
    do {
      value = try await body(PostgresTransaction(client: self, lease: lease))
    } catch {
      // The caller's error is rethrown; if the ROLLBACK fails, so does the connection, which rolls back as well.
      _ = try? await finish(Request(.rollback, registry.rollback, lease: lease))
      throw error
    }
    let result = try await finish(Request(.commit, registry.commit, lease: lease))
    // COMMIT after a failed statement "succeeds" by rolling back.
    guard result.commandTag == "COMMIT" else {
      throw PostgresError(
        .server, sqlState: "25P02", message: "the transaction was rolled back, since a statement in it had failed")
    }
    return value
  }

  func execute<S: PostgresStatement>(
    _ statement: S, kind: Request.Kind, lease: Request.Lease?
  ) async throws -> [S.Row] {
    var parameters = PostgresParameters()
    statement.bind(&parameters)
    if let invalid = parameters.invalid {
      throw PostgresError(.badParameter, message: "parameter $\(invalid) contains a NUL character")
    }
    let registered = registry.statement(S.self)
    let request = Request(kind, registered, parameters: parameters, lease: lease)
    defer { registered.timer.recordNanoseconds(Int64(monotonicNanoseconds() - request.submittedAt)) }
    return try await send(request).decode(S.self)
  }

  /// Submits a request and waits for its result, or for the task's cancellation.
  private func send(_ request: Request) async throws -> PostgresResult {
    try await withTaskCancellationHandler {
      try await finish(request)
    } onCancel: {
      request.finish(.failure(.cancelled))
    }
  }

  /// Submits a request and waits for its result, also in a cancelled task.
  private func finish(_ request: Request) async throws -> PostgresResult {
    start()
    return try await withUnsafeThrowingContinuation { continuation in
      guard request.wait(continuation) else { return }
      do throws(PostgresError) {
        try queue.submit(request)
      } catch {
        if error.code == .queueFull { rejected.increment() }
        request.finish(.failure(error))
      }
    }
  }

  private func start() {
    guard queue.open() else { return }
    // The thread must not retain the client, whose deinitializer ends it.
    let (configuration, queue, registry, logger) = (configuration, queue, registry, logger)
    startThread {
      ConnectionLoop(configuration: configuration, queue: queue, registry: registry, logger: logger).run()
    }
  }
}
