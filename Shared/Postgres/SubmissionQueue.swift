import Synchronization

/// The queue from the callers' tasks to the owner thread.
///
/// The wake-up pipe is written only when the thread sleeps or is about to, so a busy thread takes many requests per iteration and
/// costs its callers no system call.
final class SubmissionQueue: Sendable {
  enum Phase: Int, Comparable {
    case notStarted, open, draining, closed
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  private struct State {
    var submitted: [Request] = []
    /// Requests that hold a slot and have not been sent yet.
    var waiting = 0
    var threadSleeps = false
    var phase = Phase.notStarted
    var drained: [UnsafeContinuation<Void, Never>] = []
  }

  let wakeUp = WakeUp()
  /// Shared pipelines that are connected.
  let liveConnections = Atomic<Int>(0)
  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) {
    self.limit = limit
  }

  /// True for the one caller that must start the owner thread.
  func open() -> Bool {
    state.withLock { state in
      guard state.phase == .notStarted else { return false }
      state.phase = .open
      return true
    }
  }

  func submit(_ request: Request) throws(PostgresError) {
    enum Outcome { case queued, queuedWhileAsleep, full, shutDown }
    let outcome: Outcome = state.withLock { state in
      switch request.kind {
      case .shared, .begin:
        guard state.phase < .draining else { return .shutDown }
        guard state.waiting < limit else { return .full }
        state.waiting += 1
      case .inTransaction, .commit, .rollback:
        // Transactions that have begun may end while the client drains.
        guard state.phase < .closed else { return .shutDown }
      }
      state.submitted.append(request)
      defer { state.threadSleeps = false }
      return state.threadSleeps ? .queuedWhileAsleep : .queued
    }
    switch outcome {
    case .queued: break
    case .queuedWhileAsleep: wakeUp.signal()
    case .full: throw PostgresError(.queueFull, message: "\(limit) statements are waiting already")
    case .shutDown: throw PostgresError.shutDown
    }
  }

  /// For the owner thread: moves the submitted requests into `batch` (empty before), and releases slots.
  func take(into batch: inout [Request], freeing slots: Int) -> (phase: Phase, waiting: Int) {
    state.withLock { state in
      state.threadSleeps = false
      state.waiting -= slots
      swap(&state.submitted, &batch)
      return (state.phase, state.waiting)
    }
  }

  /// For the owner thread, before it sleeps; false if there are new requests.
  func prepareToSleep(freeing slots: Int) -> Bool {
    state.withLock { state in
      state.waiting -= slots
      state.threadSleeps = state.submitted.isEmpty
      return state.threadSleeps
    }
  }

  /// Rejects new work and waits until the owner thread has ended.
  func drain() async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let waits = state.withLock { state in
        guard state.phase == .open || state.phase == .draining else {
          state.phase = .closed
          return false
        }
        state.phase = .draining
        state.drained.append(continuation)
        return true
      }
      if waits { wakeUp.signal() } else { continuation.resume() }
    }
  }

  /// The same as ``drain()``, without waiting.
  func startDraining() {
    state.withLock { state in
      state.phase = state.phase == .open ? .draining : max(state.phase, .draining)
    }
    wakeUp.signal()
  }

  /// For the owner thread, when it ends: the requests submitted meanwhile must be failed.
  func close() -> (unserved: [Request], resume: () -> Void) {
    state.withLock { state in
      state.phase = .closed
      let unserved = state.submitted
      let drained = state.drained
      state.submitted = []
      state.drained = []
      return (unserved, { for continuation in drained { continuation.resume() } })
    }
  }
}

extension PostgresError {
  static let shutDown = PostgresError(.unavailable, message: "the client is shut down")
}
