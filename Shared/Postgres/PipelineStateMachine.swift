import DequeModule

/// The protocol state of one connection in pipeline mode: which requests were sent, which replies they await, what is prepared.
///
/// A pure value: it does no I/O and returns actions. Each request is followed by its own Sync, so that a failing request aborts
/// none behind it and requests of different callers never share an implicit transaction. A request succeeds only at its Sync,
/// because that is where the server commits (manual, 55.2.3 and 34.5).
struct PipelineStateMachine<Request, Reply> {
  /// A statement's number in this client, and how often it had to be prepared on this connection.
  struct Name: Hashable {
    var statement: Int
    var generation: Int
  }

  /// Which attempt a request makes.
  enum Attempt {
    case first
    /// Sent again after the server had lost or outdated its prepared statement; there is no third attempt.
    case second
    /// In a transaction, which any error aborts; so there is no second attempt.
    case only
  }

  enum SendAction: Equatable {
    /// Send Bind/Execute, then Sync.
    case execute(Name)
    /// Send Parse first, then Bind/Execute and one Sync.
    case prepareAndExecute(Name)
  }

  enum ReplyAction {
    case wait
    case succeed(Request, Reply)
    case fail(Request, PostgresError)
    /// The server had lost or outdated the prepared statement; nothing was executed. Send the request again.
    case retry(Request)
    /// The reply matches no request; the connection is unusable.
    case violation
  }

  /// What is known of a request whose connection was lost.
  enum Loss: Equatable {
    /// The server had not begun it.
    case notStarted
    /// The server ended it with an error before it was complete.
    case aborted(PostgresError)
    /// It may have been executed.
    case unknown
  }

  private struct Entry {
    let request: Request
    let name: Name
    let attempt: Attempt
    /// Parse was sent with this request and its reply has not arrived.
    var awaitsParse: Bool
    var reply: Reply?
    var failure: PostgresError?
  }

  private struct Prepared {
    var generation: Int
    enum State { case requested, confirmed, outdated }
    var state: State
  }

  private var entries: Deque<Entry> = []
  private var prepared: [Int: Prepared] = [:]

  /// Requests sent and not yet completed.
  var inFlight: Int { entries.count }

  /// Records a request that is about to be sent.
  mutating func send(_ request: Request, statement: Int, attempt: Attempt) -> SendAction {
    let known = prepared[statement]
    let prepare =
      switch known?.state {
      case .confirmed: false
      // A first attempt relies on the Parse in flight; a second one sends its own, so that it can't fail with another request.
      case .requested: attempt == .second
      case .outdated, nil: true
      }
    let name = Name(statement: statement, generation: (known?.generation ?? 0) + (prepare ? 1 : 0))
    if prepare { prepared[statement] = Prepared(generation: name.generation, state: .requested) }
    entries.append(Entry(request: request, name: name, attempt: attempt, awaitsParse: prepare))
    return prepare ? .prepareAndExecute(name) : .execute(name)
  }

  /// A reply without error: to Parse if that was sent, otherwise to Execute.
  mutating func receiveResult(_ reply: Reply) -> ReplyAction {
    guard !entries.isEmpty, entries[0].reply == nil, entries[0].failure == nil else { return .violation }
    if entries[0].awaitsParse {
      entries[0].awaitsParse = false
      setState(.confirmed, of: entries[0].name)
    } else {
      entries[0].reply = reply
    }
    return .wait
  }

  mutating func receiveError(_ error: PostgresError) -> ReplyAction {
    guard !entries.isEmpty, entries[0].failure == nil else { return .violation }
    entries[0].failure = error
    return .wait
  }

  /// A command that the server skipped because an earlier one before the same Sync had failed.
  mutating func receiveAborted() -> ReplyAction {
    entries.isEmpty || entries[0].failure == nil ? .violation : .wait
  }

  mutating func receiveSync() -> ReplyAction {
    guard let entry = entries.popFirst() else { return .violation }
    guard let failure = entry.failure else {
      guard let reply = entry.reply else { return .violation }
      return .succeed(entry.request, reply)
    }
    if entry.awaitsParse {
      setState(.outdated, of: entry.name)
      return .fail(entry.request, failure)
    }
    switch failure.sqlState {
    // 26000: the name is unknown, because its Parse failed with an earlier request (or after DEALLOCATE ALL).
    // 0A000, "cached plan must not change result type": a table was altered. Both are detected before anything is executed.
    case "26000" where entry.reply == nil, "0A000" where entry.reply == nil:
      setState(.outdated, of: entry.name)
      return entry.attempt == .first ? .retry(entry.request) : .fail(entry.request, failure)
    default:
      return .fail(entry.request, failure)
    }
  }

  /// The connection is lost: returns what that means for each request, in the order in which they were sent.
  mutating func connectionLost() -> [(request: Request, loss: Loss)] {
    let lost = entries
    entries = []
    prepared = [:]
    // The server works in order: a fatal error belongs to the first request, and those behind it were not begun.
    let wasClosedByServer = lost.first?.failure?.isFatal == true
    return lost.enumerated().map { index, entry in
      if index > 0 { return (entry.request, wasClosedByServer ? .notStarted : .unknown) }
      // An error before any result means that there was no commit; after a result the commit may have happened.
      if let failure = entry.failure, entry.reply == nil { return (entry.request, .aborted(failure)) }
      return (entry.request, .unknown)
    }
  }

  private mutating func setState(_ state: Prepared.State, of name: Name) {
    if prepared[name.statement]?.generation == name.generation { prepared[name.statement]?.state = state }
  }
}
