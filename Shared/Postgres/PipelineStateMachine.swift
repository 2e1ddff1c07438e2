import DequeModule

/// The bookkeeping of one connection in pipeline mode: what was sent, what each reply belongs to, what is prepared.
///
/// A pure value: it does no I/O and returns what is to be done. Each request is followed by its own Sync, so that a failing
/// request takes nothing behind it along and strangers never share an implicit transaction. A request succeeds only at its
/// Sync, because that is where the server commits (manual, 55.2.3 and 34.5).
struct PipelineStateMachine<Request, Answer> {
  /// A statement by the client's number, and how often it had to be prepared on this connection.
  struct Name: Hashable {
    var statement: Int
    var generation: Int
  }

  /// Which attempt a request makes.
  enum Attempt {
    case first
    /// Sent again, after the server did not know or had outdated its statement; not a third time.
    case again
    /// In a transaction, which any error ends; so there is no second attempt.
    case only
  }

  enum SendAction: Equatable {
    /// Send Bind/Execute, then Sync.
    case execute(Name)
    /// Send Parse first, all before the one Sync.
    case prepareAndExecute(Name)
  }

  enum ReplyAction {
    case wait
    case succeed(Request, Answer)
    case fail(Request, PostgresError)
    /// The server had lost or outdated its prepared statement; nothing was carried out. Send the request again.
    case retry(Request)
    /// The reply fits nothing that was sent; the connection is of no use any more.
    case violation
  }

  /// What became of a request whose connection was lost.
  enum Loss: Equatable {
    /// Its turn never came.
    case notStarted
    /// It was cut off before it was complete, by an error that said so.
    case aborted(PostgresError)
    /// It may have been carried out.
    case unknown
  }

  private struct Entry {
    let request: Request
    let name: Name
    let attempt: Attempt
    /// Parse was sent with this request and its reply has not come.
    var awaitsParse: Bool
    var answer: Answer?
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

  /// Takes note of a request that is about to be sent.
  mutating func send(_ request: Request, statement: Int, attempt: Attempt) -> SendAction {
    let known = prepared[statement]
    let prepare =
      switch known?.state {
      case .confirmed: false
      // A first attempt counts on the Parse that is under way; a second one brings its own, so as not to fail for another's.
      case .requested: attempt == .again
      case .outdated, nil: true
      }
    let name = Name(statement: statement, generation: (known?.generation ?? 0) + (prepare ? 1 : 0))
    if prepare { prepared[statement] = Prepared(generation: name.generation, state: .requested) }
    entries.append(Entry(request: request, name: name, attempt: attempt, awaitsParse: prepare))
    return prepare ? .prepareAndExecute(name) : .execute(name)
  }

  /// A reply without error: to Parse if that was sent, otherwise to Execute.
  mutating func receiveAnswer(_ answer: Answer) -> ReplyAction {
    guard !entries.isEmpty, entries[0].answer == nil, entries[0].failure == nil else { return .violation }
    if entries[0].awaitsParse {
      entries[0].awaitsParse = false
      mark(entries[0].name, .confirmed)
    } else {
      entries[0].answer = answer
    }
    return .wait
  }

  mutating func receiveError(_ error: PostgresError) -> ReplyAction {
    guard !entries.isEmpty, entries[0].failure == nil else { return .violation }
    entries[0].failure = error
    return .wait
  }

  /// A command that the server skipped because one before it, up to the same Sync, had failed.
  mutating func receiveAborted() -> ReplyAction {
    entries.isEmpty || entries[0].failure == nil ? .violation : .wait
  }

  mutating func receiveSync() -> ReplyAction {
    guard let entry = entries.popFirst() else { return .violation }
    guard let failure = entry.failure else {
      guard let answer = entry.answer else { return .violation }
      return .succeed(entry.request, answer)
    }
    if entry.awaitsParse {
      mark(entry.name, .outdated)
      return .fail(entry.request, failure)
    }
    switch failure.sqlState {
    // The name is unknown: its Parse failed with an earlier request (or someone said DEALLOCATE ALL).
    // "Cached plan must not change result type": a table was altered under the statement. Both are found before anything is done.
    case "26000" where entry.answer == nil, "0A000" where entry.answer == nil:
      mark(entry.name, .outdated)
      return entry.attempt == .first ? .retry(entry.request) : .fail(entry.request, failure)
    default:
      return .fail(entry.request, failure)
    }
  }

  /// The connection is gone: tells what that means for each request, in the order in which they were sent.
  mutating func connectionLost() -> [(request: Request, loss: Loss)] {
    let lost = entries
    entries = []
    prepared = [:]
    // The server works in order: where it said goodbye is the request it was at, and those behind were not begun.
    let saidGoodbye = lost.first?.failure?.isFatal == true
    return lost.enumerated().map { index, entry in
      if index > 0 { return (entry.request, saidGoodbye ? .notStarted : .unknown) }
      // An error that came before any answer means that there was no commit; with an answer, the commit may be done.
      if let failure = entry.failure, entry.answer == nil { return (entry.request, .aborted(failure)) }
      return (entry.request, .unknown)
    }
  }

  private mutating func mark(_ name: Name, _ state: Prepared.State) {
    if prepared[name.statement]?.generation == name.generation { prepared[name.statement]?.state = state }
  }
}
