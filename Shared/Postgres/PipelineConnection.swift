import Concurrency
import CPostgres

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One connection of the owner thread, in libpq's non-blocking pipeline mode; used by that thread only.
final class PipelineConnection {
  enum Phase {
    /// Not open; the next attempt may be made at this time (monotonic nanoseconds).
    case closed(retryAt: UInt64)
    /// Being opened, until this deadline.
    case connecting(until: UInt64)
    case ready
  }

  typealias Machine = PipelineStateMachine<Request, PostgresResult>

  private(set) var phase = Phase.closed(retryAt: 0)
  private(set) var machine = Machine()
  /// The transaction that holds this connection.
  var lease: Request.Lease?
  /// COMMIT or ROLLBACK was sent for the lease.
  var leaseIsEnding = false
  var backoff = Backoff()
  /// When the last reply came, or the first request was sent on an empty pipeline.
  private(set) var lastProgress: UInt64 = 0
  /// Something was sent since the last ``flush()``.
  private(set) var isDirty = false
  /// libpq reported a failure; the connection must be closed.
  private(set) var isBroken = false

  private let options: [(key: String, value: String)]
  private var handle: OpaquePointer?
  private var descriptor: Int32 = -1
  private var events: Int16 = 0
  /// Names of prepared statements by the statement's number.
  private var names: [Int: String] = [:]
  private var values: UnsafeMutableBufferPointer<UnsafePointer<CChar>?> = .allocate(capacity: 16)

  init(options: [(key: String, value: String)]) {
    self.options = options
  }

  deinit {
    PQfinish(handle)
    values.deallocate()
  }

  var isReady: Bool { if case .ready = phase { true } else { false } }
  var isClosed: Bool { if case .closed = phase { true } else { false } }
  var inFlight: Int { machine.inFlight }
  var pollEntry: pollfd { pollfd(fd: descriptor, events: events, revents: 0) }
  var errorMessage: String { String(cString: PQerrorMessage(handle)).trimmingNewlines }

  // MARK: Opening and closing

  /// Begins to connect; ``advanceConnecting(now:)`` reports the outcome.
  func connect(until deadline: UInt64) {
    let keys: [UnsafeMutablePointer<CChar>?] = options.map { strdup($0.key) } + [nil]
    let texts: [UnsafeMutablePointer<CChar>?] = options.map { strdup($0.value) } + [nil]
    defer { for pointer in keys + texts { free(pointer) } }
    handle = PQconnectStartParams(keys.map { UnsafePointer($0) }, texts.map { UnsafePointer($0) }, 0)
    phase = .connecting(until: deadline)
    isBroken = PQstatus(handle) == CONNECTION_BAD
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    descriptor = PQsocket(handle)
    events = Int16(POLLOUT)
  }

  /// Continues connecting when the socket is ready; true when the connection is up.
  func advanceConnecting(now: UInt64) -> Bool {
    switch PQconnectPoll(handle) {
    case PGRES_POLLING_READING: events = Int16(POLLIN)
    case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
    case PGRES_POLLING_OK:
      guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
        isBroken = true
        return false
      }
      phase = .ready
      events = Int16(POLLIN)
      lastProgress = now
      backoff.reset()
    default: isBroken = true
    }
    // libpq may have switched to another address, and so to another socket.
    descriptor = PQsocket(handle)
    return isReady
  }

  /// Closes the connection and returns the requests on it with what is known of their outcome.
  func close(retryAt: UInt64) -> [(request: Request, loss: Machine.Loss)] {
    PQfinish(handle)
    handle = nil
    descriptor = -1
    events = 0
    names.removeAll(keepingCapacity: true)
    isBroken = false
    isDirty = false
    lease = nil
    leaseIsEnding = false
    phase = .closed(retryAt: retryAt)
    return machine.connectionLost()
  }

  /// Marks the connection as unusable.
  func markBroken() { isBroken = true }

  func retry(at time: UInt64) {
    if case .closed(let planned) = phase, time < planned { phase = .closed(retryAt: time) }
  }

  // MARK: Statements

  /// Passes a request to libpq, followed by a Sync of its own.
  func send(_ request: Request, now: UInt64) {
    if machine.inFlight == 0 { lastProgress = now }
    isDirty = true
    let statement = request.statement
    let attempt: Machine.Attempt = request.kind != .shared ? .only : request.wasRetried ? .second : .first
    let action = machine.send(request, statement: statement.number, attempt: attempt)
    var sent: Int32 = 1
    if case .prepareAndExecute(let name) = action {
      let text = "s\(name.statement)_\(name.generation)"
      names[name.statement] = text
      sent = statement.sql.withUnsafeBufferPointer { PQsendPrepare(handle, text, $0.baseAddress, 0, nil) }
    }
    if sent == 1 { sent = sendExecute(names[statement.number] ?? "", request.parameters) }
    if sent == 1 { sent = PQpipelineSync(handle) }
    if sent != 1 { isBroken = true }
  }

  private func sendExecute(_ name: String, _ parameters: PostgresParameters) -> Int32 {
    let count = parameters.count
    if count > values.count {
      values.deallocate()
      values = .allocate(capacity: count * 2)
    }
    return parameters.bytes.withUnsafeBytes { bytes in
      let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      for (index, offset) in parameters.offsets.enumerated() {
        values[index] = offset < 0 ? nil : base.map { $0 + Int(offset) }
      }
      return PQsendQueryPrepared(handle, name, Int32(count), values.baseAddress, nil, nil, 0)
    }
  }

  /// Flushes libpq's send buffer, and polls for a writable socket only while bytes remain.
  func flush() {
    isDirty = false
    switch PQflush(handle) {
    case 0: events = Int16(POLLIN)
    case 1: events = Int16(POLLIN) | Int16(POLLOUT)
    default: isBroken = true
    }
  }

  /// Reads from the socket and passes on the resulting actions in order.
  func receive(now: UInt64, _ act: (Machine.ReplyAction) -> Void) {
    // After the server has closed the connection libpq reports a failure, but still holds the server's last messages.
    if PQconsumeInput(handle) != 1 { isBroken = true }
    var emptyInARow = 0
    while machine.inFlight > 0, PQisBusy(handle) == 0, emptyInARow < 2 {
      guard let result = PQgetResult(handle) else {
        emptyInARow += 1
        continue
      }
      emptyInARow = 0
      lastProgress = now
      let action = reply(result)
      if case .violation = action { isBroken = true }
      act(action)
    }
  }

  private func reply(_ result: OpaquePointer) -> Machine.ReplyAction {
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      return machine.receiveResult(PostgresResult(owning: result))
    case PGRES_PIPELINE_SYNC:
      PQclear(result)
      return machine.receiveSync()
    case PGRES_PIPELINE_ABORTED:
      PQclear(result)
      return machine.receiveAborted()
    case PGRES_FATAL_ERROR:
      defer { PQclear(result) }
      // Without a SQLSTATE the error is libpq's own, of a lost connection: the statement's outcome is unknown.
      let error = PostgresError(result: result)
      if error.sqlState == nil {
        isBroken = true
        return .wait
      }
      return machine.receiveError(error)
    default:
      // COPY and the like, which are not allowed in pipeline mode.
      PQclear(result)
      return .violation
    }
  }
}
