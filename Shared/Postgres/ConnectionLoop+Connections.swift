import Concurrency
import DequeModule
import Logging
import Synchronization

/// Opens connections, replaces broken ones, and fails or resends their requests.
extension ConnectionLoop {
  func openConnections() {
    for connection in pipelines { openIfDue(connection) }
    var missing = leaseWaiters.count
    for connection in leaseConnections where missing > 0 || !connection.isClosed {
      openIfDue(connection)
      if connection.lease == nil { missing -= 1 }
    }
  }

  private func openIfDue(_ connection: PipelineConnection) {
    switch connection.phase {
    case .closed(let retryAt) where retryAt <= now:
      metrics.changed()
      connection.connect(until: now + UInt64(configuration.connectTimeout.wholeNanoseconds))
    case .connecting(let until) where until <= now: lose(connection, "no response within \(configuration.connectTimeout)")
    case .ready where silenceDeadline(connection) <= now: lose(connection, "no reply within the statement timeout and 2 s")
    default: break
    }
  }

  func connected(_ connection: PipelineConnection) {
    metrics.changed()
    countLive()
    // The server is reachable: the other connections need not wait for their backoff, but must not all connect at the same
    // moment.
    for other in pipelines where other.isClosed {
      other.backoff.reset()
      other.retry(at: now + UInt64.random(in: 0...20_000_000))
    }
    for other in leaseConnections where other.isClosed { other.retry(at: now) }
    if outageIsLogged {
      outageIsLogged = false
      logger.info("PostgreSQL is reachable again.", metadata: ["database": "\(configuration.database)"])
    }
  }

  func loseBroken() {
    for connection in pipelines where connection.isBroken { lose(connection, nil) }
    for connection in leaseConnections where connection.isBroken { lose(connection, nil) }
  }

  /// Closes a connection and settles each request on it.
  func lose(_ connection: PipelineConnection, _ reason: String?) {
    if connection.isClosed { return }
    lastConnectError = reason ?? connection.errorMessage
    logger.debug("A connection to PostgreSQL was lost.", metadata: ["reason": "\(lastConnectError)"])
    metrics.changed()
    let wasLive = live
    let lost = connection.close(retryAt: now + UInt64(connection.backoff.next().wholeNanoseconds))
    countLive()
    if wasLive > 0, live == 0 { downSince = now }
    if live == 0, !outageIsLogged {
      outageIsLogged = true
      logger.warning(
        "PostgreSQL can't be reached.", metadata: ["database": "\(configuration.database)", "reason": "\(lastConnectError)"])
    }
    // From the last to the first, so that resent requests keep their order at the head of the queue.
    for (request, loss) in lost.reversed() { settle(request, loss) }
  }

  private func settle(_ request: Request, _ loss: PipelineConnection.Machine.Loss) {
    let lostError = PostgresError(.connectionLost, message: "the connection was lost: \(lastConnectError)")
    let unknown = PostgresError(
      .outcomeUnknown, message: "the connection was lost before the response arrived: \(lastConnectError)")
    switch (request.kind, loss) {
    case (.shared, .notStarted): resend(request)
    case (.shared, _) where request.statement.isReadOnly && !request.wasRetried:
      request.wasRetried = true
      resend(request)
    case (.shared, .aborted(let error)): request.finish(.failure(error.isFatal ? error.asConnectionLost : error))
    case (.shared, .unknown): request.finish(.failure(unknown))
    case (.begin, _):
      request.lease = nil
      leaseWaiters.prepend(request)
      freedSlots -= 1
    // The server rolls back a transaction without COMMIT.
    case (.inTransaction, _), (.rollback, _), (.commit, .notStarted): request.finish(.failure(lostError))
    case (.commit, .aborted(let error)): request.finish(.failure(error.isFatal ? error.asConnectionLost : error))
    case (.commit, .unknown): request.finish(.failure(unknown))
    }
  }

  private func resend(_ request: Request) {
    backlog.prepend(request)
    freedSlots -= 1
  }

  private func countLive() {
    live = pipelines.count { $0.isReady }
    queue.liveConnections.store(live, ordering: .relaxed)
  }

  // MARK: Deadlines

  /// A server that is suspended or cut off breaks no connection, and its own timeouts don't run; then only silence shows the
  /// failure.
  func silenceDeadline(_ connection: PipelineConnection) -> UInt64 {
    guard connection.inFlight > 0, configuration.statementTimeout > .zero else { return .max }
    return connection.lastProgress + UInt64(configuration.statementTimeout.wholeNanoseconds) + 2_000_000_000
  }

  func availabilityDeadline(_ request: Request) -> UInt64 {
    max(request.submittedAt, downSince) + UInt64(configuration.availabilityTimeout.wholeNanoseconds)
  }

  func leaseDeadline(_ request: Request) -> UInt64 {
    isReachable ? request.submittedAt + UInt64(configuration.leaseTimeout.wholeNanoseconds) : availabilityDeadline(request)
  }

  private var isReachable: Bool { live > 0 || leaseConnections.contains { $0.isReady } }

  func failOverdue() {
    while live == 0, let first = backlog.first, availabilityDeadline(first) <= now {
      backlog.removeFirst()
      freedSlots += 1
      first.finish(.failure(PostgresError(.unavailable, message: "PostgreSQL can't be reached: \(lastConnectError)")))
    }
    while let first = leaseWaiters.first, first.isOver || leaseDeadline(first) <= now {
      leaseWaiters.removeFirst()
      freedSlots += 1
      let reason = isReachable ? "all are in use" : lastConnectError
      first.finish(.failure(PostgresError(.unavailable, message: "no connection for a transaction: \(reason)")))
    }
  }
}

extension PostgresError {
  /// The same error as a lost connection: the server closed it before the statement was complete.
  var asConnectionLost: PostgresError {
    PostgresError(
      .connectionLost, sqlState: sqlState, message: message, detail: detail, constraint: constraint, isFatal: isFatal)
  }
}
