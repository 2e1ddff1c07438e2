import Synchronization

/// One statement that was submitted to the client, and the task that waits for its result.
///
/// `@unchecked Sendable`: the waiting task is guarded by a mutex; `lease` and `wasRetried` belong to the owner thread (the caller
/// reads
/// `lease` only after it was resumed); everything else is constant.
final class Request: @unchecked Sendable {
  enum Kind {
    /// A single statement, on any shared pipeline.
    case shared
    /// BEGIN, which waits for a lease.
    case begin
    case inTransaction
    case commit
    case rollback
  }

  /// The exclusive use of one connection, from BEGIN to COMMIT or ROLLBACK.
  struct Lease: Sendable, Equatable {
    let connection: Int
    let number: UInt64
  }

  private enum Waiting {
    case notYet
    case task(UnsafeContinuation<PostgresResult, any Error>)
    case over
  }

  let kind: Kind
  let statement: RegisteredStatement
  let parameters: PostgresParameters
  /// Monotonic nanoseconds.
  let submittedAt: UInt64
  var lease: Lease?
  var wasRetried = false

  private let waiting = Mutex(Waiting.notYet)

  init(_ kind: Kind, _ statement: RegisteredStatement, parameters: PostgresParameters = .init(), lease: Lease? = nil) {
    self.kind = kind
    self.statement = statement
    self.parameters = parameters
    self.lease = lease
    submittedAt = monotonicNanoseconds()
  }

  /// Whether the caller has stopped waiting, so that the request need not be sent.
  var isOver: Bool {
    waiting.withLock { if case .over = $0 { true } else { false } }
  }

  /// False if the request was cancelled already; then the continuation has been resumed here.
  func wait(_ continuation: UnsafeContinuation<PostgresResult, any Error>) -> Bool {
    let waits = waiting.withLock { waiting in
      if case .over = waiting { return false }
      waiting = .task(continuation)
      return true
    }
    if !waits { continuation.resume(throwing: PostgresError.cancelled) }
    return waits
  }

  /// Resumes the waiting task; false if there is none any more.
  @discardableResult
  func finish(_ result: Result<PostgresResult, PostgresError>) -> Bool {
    let before = waiting.withLock { waiting in
      let before = waiting
      waiting = .over
      return before
    }
    guard case .task(let continuation) = before else { return false }
    switch result {
    case .success(let result): continuation.resume(returning: result)
    case .failure(let error): continuation.resume(throwing: error)
    }
    return true
  }
}

extension PostgresError {
  static let cancelled = PostgresError(.cancelled, message: "the task was cancelled")
}
