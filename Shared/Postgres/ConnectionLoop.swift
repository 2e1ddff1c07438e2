import DequeModule
import Logging
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The work of the owner thread: all libpq calls of a client are made here, none of them blocks, and the thread waits only in
/// poll(2).
///
/// Used by that thread only; other threads use the ``SubmissionQueue``. Continuations are resumed on this thread.
final class ConnectionLoop {
  let configuration: PostgresConfiguration
  let queue: SubmissionQueue
  let registry: StatementRegistry
  let logger: Logger
  /// Carry single statements of many tasks.
  let pipelines: [PipelineConnection]
  /// Serve one transaction at a time; connected when first needed.
  let leaseConnections: [PipelineConnection]

  /// Single statements that have not been sent yet.
  var backlog: Deque<Request> = []
  /// Transactions that wait for a connection.
  var leaseWaiters: Deque<Request> = []
  var leaseCount: UInt64 = 0
  /// Queue slots to release in the next iteration.
  var freedSlots = 0
  var now = monotonicNanoseconds()
  /// When the last shared pipeline was lost; meaningful while ``live`` is 0.
  var downSince: UInt64
  var live = 0
  var lastConnectError = "not connected yet"
  var outageIsLogged = false
  var metrics = ConnectionMetrics()

  private var batch: [Request] = []
  private var pollEntries: [pollfd] = []
  private var drainUntil: UInt64?

  init(configuration: PostgresConfiguration, queue: SubmissionQueue, registry: StatementRegistry, logger: Logger) {
    self.configuration = configuration
    self.queue = queue
    self.registry = registry
    self.logger = logger
    let options = { plansOnce in
      configuration.connectionOptions(
        statementTimeout: configuration.statementTimeout, lockTimeout: configuration.lockTimeout, plansOnce: plansOnce)
    }
    pipelines = (0..<max(1, configuration.pipelines)).map { _ in PipelineConnection(options: options(true)) }
    leaseConnections = (0..<max(1, configuration.leases)).map { _ in PipelineConnection(options: options(false)) }
    downSince = now
  }

  /// Runs until the client is drained.
  func run() {
    batch.reserveCapacity(256)
    repeat { turn() } while !isDone
    outageIsLogged = true  // Closing the connections at shutdown is no outage.
    for connection in pipelines + leaseConnections { lose(connection, "the client is shut down") }
    let rest = queue.close()
    for request in backlog + leaseWaiters + rest.unserved { request.finish(.failure(.shutDown)) }
    metrics.record(self, waiting: 0)
    rest.resume()
  }

  private func turn() {
    let (phase, waiting) = queue.take(into: &batch, freeing: freedSlots)
    freedSlots = 0
    for request in batch { accept(request) }
    batch.removeAll(keepingCapacity: true)
    if phase == .draining, drainUntil == nil { drainUntil = now + 10_000_000_000 }

    openConnections()
    dispatchStatements()
    dispatchLeases()
    failOverdue()
    for connection in pipelines where connection.isDirty { connection.flush() }
    for connection in leaseConnections where connection.isDirty { connection.flush() }
    loseBroken()
    metrics.recordIfDue(self, waiting: waiting - freedSlots)
    if !isDone { wait() }
  }

  private func accept(_ request: Request) {
    switch request.kind {
    case .shared: backlog.append(request)
    case .begin: leaseWaiters.append(request)
    case .inTransaction, .commit, .rollback: sendOnLease(request)
    }
  }

  /// Sends each statement on the connection with the fewest in flight; cancelled ones are not sent.
  private func dispatchStatements() {
    while let request = backlog.first {
      if request.isOver {
        backlog.removeFirst()
        freedSlots += 1
        continue
      }
      var best: PipelineConnection?
      for connection in pipelines where connection.isReady && !connection.isBroken {
        if connection.inFlight < (best?.inFlight ?? configuration.pipelineDepth) { best = connection }
        if best?.inFlight == 0 { break }
      }
      guard let best else { return }
      backlog.removeFirst()
      freedSlots += 1
      best.send(request, now: now)
    }
  }

  private func wait() {
    pollEntries.removeAll(keepingCapacity: true)
    pollEntries.append(pollfd(fd: queue.wakeUp.readEnd, events: Int16(POLLIN), revents: 0))
    for connection in pipelines { pollEntries.append(connection.pollEntry) }
    for connection in leaseConnections { pollEntries.append(connection.pollEntry) }

    let timeout = queue.prepareToSleep(freeing: freedSlots) ? millisecondsUntilNextDeadline() : 0
    freedSlots = 0
    let ready = poll(&pollEntries, nfds_t(pollEntries.count), timeout)
    now = monotonicNanoseconds()
    if ready <= 0 { return }
    if pollEntries[0].revents != 0 { queue.wakeUp.clear() }
    for index in pipelines.indices where pollEntries[1 + index].revents != 0 { serve(pipelines[index]) }
    for index in leaseConnections.indices where pollEntries[1 + pipelines.count + index].revents != 0 {
      serve(leaseConnections[index])
    }
  }

  private func serve(_ connection: PipelineConnection) {
    switch connection.phase {
    case .closed: break
    case .connecting:
      if connection.advanceConnecting(now: now) { connected(connection) }
    case .ready:
      connection.receive(now: now) { complete($0, on: connection) }
      if !connection.isBroken { connection.flush() }
    }
  }

  private func complete(_ action: PipelineConnection.Machine.ReplyAction, on connection: PipelineConnection) {
    switch action {
    case .wait, .violation: break
    case .succeed(let request, let result): succeeded(request, result, on: connection)
    case .fail(let request, let error): failed(request, error, on: connection)
    case .retry(let request):
      request.wasRetried = true
      backlog.prepend(request)
      freedSlots -= 1
    }
  }

  // MARK: Time

  private func millisecondsUntilNextDeadline() -> Int32 {
    var next = now + 60_000_000_000
    for connection in pipelines { next = min(next, deadline(of: connection, wanted: true)) }
    for connection in leaseConnections { next = min(next, deadline(of: connection, wanted: !leaseWaiters.isEmpty)) }
    if live == 0, let first = backlog.first { next = min(next, availabilityDeadline(first)) }
    if let first = leaseWaiters.first { next = min(next, leaseDeadline(first)) }
    if let drainUntil { next = min(next, drainUntil) }
    if let due = metrics.due { next = min(next, due) }
    return next <= now ? 0 : Int32((next - now + 999_999) / 1_000_000)
  }

  private func deadline(of connection: PipelineConnection, wanted: Bool) -> UInt64 {
    switch connection.phase {
    // A connection whose retry time has passed and that was not opened isn't needed now.
    case .closed(let retryAt): wanted && retryAt > now ? retryAt : .max
    case .connecting(let until): until
    case .ready: silenceDeadline(connection)
    }
  }

  /// Everything is completed or failed, or the drain period is over.
  private var isDone: Bool {
    guard let drainUntil else { return false }
    if now >= drainUntil { return true }
    return backlog.isEmpty && leaseWaiters.isEmpty && pipelines.allSatisfy { $0.inFlight == 0 }
      && leaseConnections.allSatisfy { $0.inFlight == 0 && $0.lease == nil }
  }
}
