import Contracts
import DequeModule
import ServiceContextModule
import Synchronization
import Telemetry

/// Which sagas of this process wait for a turn and which have one: never two turns of the same saga at a time.
///
/// Safe to use from any task; the signals are for the orchestrator alone.
final class SagaQueue: Sendable {
  /// A saga that was woken.
  struct Wake: Sendable {
    let order: Identifier
    let at: ContinuousClock.Instant
    /// What woke it; its work goes on in the same trace.
    let trace: TraceContext?
  }

  private struct State {
    var waiting: Deque<Wake> = []
    var known: Set<Identifier> = []
    var running: Set<Identifier> = []
    /// Woken while they had their turn: what they were told may have come too late for it.
    var again: [Identifier: Wake] = [:]
    var isSweepDue = false
  }

  /// Sagas that are remembered to be waiting.
  private static let capacity = 10_000

  /// Turns at the same time.
  let limit: Int
  /// Something waits, a turn has become free, or it is time to look at the database.
  let signals: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  init(limit: Int) {
    self.limit = limit
    (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that something happened to an order that its saga has to act upon. Never waits.
  ///
  /// When too many wait already, this one is not remembered: its lease brings it back.
  func wake(_ order: Identifier) {
    guard limit > 0 else { return }
    let wake = Wake(order: order, at: .now, trace: ServiceContext.current?.trace)
    state.withLock { state in
      if state.running.contains(wake.order) {
        state.again[wake.order] = wake
      } else if state.waiting.count < Self.capacity, state.known.insert(wake.order).inserted {
        state.waiting.append(wake)
      }
    }
    signal.yield()
  }

  /// Says that it is time to look at the database.
  func sweep() {
    state.withLock { $0.isSweepDue = true }
    signal.yield()
  }

  /// Whether it was time to look at the database since the last call.
  func takeSweep() -> Bool {
    state.withLock { state in
      defer { state.isSweepDue = false }
      return state.isSweepDue
    }
  }

  /// Gives turns to those that wait, as many as are free.
  func takeWaiting() -> [Wake] {
    state.withLock { state in
      var taken: [Wake] = []
      while state.running.count < limit, let wake = state.waiting.popFirst() {
        state.known.remove(wake.order)
        if state.running.insert(wake.order).inserted { taken.append(wake) } else { state.again[wake.order] = wake }
      }
      return taken
    }
  }

  /// Gives a saga a turn that was found due in the database; false if it has one.
  func take(_ order: Identifier) -> Bool {
    state.withLock { $0.running.insert(order).inserted }
  }

  /// Turns that nobody has or waits for.
  var free: Int {
    state.withLock { max(0, limit - $0.running.count - $0.waiting.count) }
  }

  var running: Int { state.withLock { $0.running.count } }

  /// Ends a turn; a saga that was woken meanwhile waits for another.
  func end(_ order: Identifier) {
    state.withLock { state in
      state.running.remove(order)
      if let wake = state.again.removeValue(forKey: order), state.known.insert(order).inserted { state.waiting.append(wake) }
    }
    signal.yield()
  }
}
