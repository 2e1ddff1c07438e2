import Contracts
import DequeModule
import ServiceContextModule
import Synchronization
import Telemetry

/// The sagas of this process that wait for a turn or have one; a saga never has two turns at a time. A turn executes a saga until it
/// waits.
///
/// Safe to use from any task; only the orchestrator may iterate `signals`.
final class SagaQueue: Sendable {
  /// A saga that something has happened to.
  struct Wake: Sendable {
    let order: Identifier
    let at: ContinuousClock.Instant
    /// The trace that its turn continues.
    let trace: TraceContext?
  }

  private struct State {
    var waiting: Deque<Wake> = []
    var waitingOrders: Set<Identifier> = []
    var running: Set<Identifier> = []
    /// Woken during their turn, which may not have seen the change: they get another turn.
    var wokenAgain: [Identifier: Wake] = [:]
    var isSweepDue = false
  }

  /// The maximum number of waiting sagas.
  private static let capacity = 10_000

  /// Concurrent turns.
  let limit: Int
  /// Yields when a saga waits, when a turn has ended, and when a sweep is due.
  let signals: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  init(limit: Int) {
    self.limit = limit
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Gives an order's saga a turn soon. Does not block.
  ///
  /// If too many sagas wait, this one is dropped: it is due in the database when its lease ends.
  func wake(_ order: Identifier) {
    guard limit > 0 else { return }
    let wake = Wake(order: order, at: .now, trace: ServiceContext.current?.trace)
    state.withLock { state in
      if state.running.contains(wake.order) {
        state.wokenAgain[wake.order] = wake
      } else if state.waiting.count < Self.capacity, state.waitingOrders.insert(wake.order).inserted {
        state.waiting.append(wake)
      }
    }
    signal.yield()
  }

  /// Requests a query for due sagas.
  func requestSweep() {
    state.withLock { $0.isSweepDue = true }
    signal.yield()
  }

  /// Whether a sweep was requested since the last call.
  func takeSweep() -> Bool {
    state.withLock { state in
      defer { state.isSweepDue = false }
      return state.isSweepDue
    }
  }

  /// Starts turns of waiting sagas, up to the limit.
  func startWaiting() -> [Wake] {
    state.withLock { state in
      var started: [Wake] = []
      while state.running.count < limit, let wake = state.waiting.popFirst() {
        state.waitingOrders.remove(wake.order)
        if state.running.insert(wake.order).inserted { started.append(wake) } else { state.wokenAgain[wake.order] = wake }
      }
      return started
    }
  }

  /// Starts the turn of a saga that was claimed; false if it has one already.
  func start(_ order: Identifier) -> Bool {
    state.withLock { $0.running.insert(order).inserted }
  }

  /// Turns that are neither running nor waited for.
  var free: Int {
    state.withLock { max(0, limit - $0.running.count - $0.waiting.count) }
  }

  var running: Int { state.withLock { $0.running.count } }

  /// Ends a turn; a saga that was woken during it waits for another.
  func end(_ order: Identifier) {
    state.withLock { state in
      state.running.remove(order)
      if let wake = state.wokenAgain.removeValue(forKey: order), state.waitingOrders.insert(order).inserted {
        state.waiting.append(wake)
      }
    }
    signal.yield()
  }
}
