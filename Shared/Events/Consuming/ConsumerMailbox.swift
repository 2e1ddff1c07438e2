import Concurrency
import Contracts
import Synchronization

/// The pending changes of a consumer, shared by the reading and the handling task. Safe to use from any task.
final class ConsumerMailbox: Sendable {
  private struct State {
    var changes = PendingChanges()
    var rounds = 0
  }

  private let capacity: Int
  private let state = Mutex(State())
  private let arrived = Signal()
  private let departed = Signal()
  private let start = ContinuousClock.now

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// How many entries are held.
  var count: Int { state.withLock { $0.changes.count } }

  func holds(_ entry: PendingChanges.Entry) -> Bool {
    state.withLock { $0.changes.holds(entry) }
  }

  func add(_ entry: PendingChanges.Entry, _ event: Event) {
    let now = milliseconds
    state.withLock { $0.changes.add(entry, event, now: now) }
    arrived.set()
  }

  func complete(_ change: AggregateChange, _ outcome: ChangeOutcome) -> PendingChanges.Completion {
    let now = milliseconds
    // Entries that arrived for this subject while it was handled may be due now.
    defer {
      departed.set()
      arrived.set()
    }
    return state.withLock { $0.changes.complete(change, outcome, now: now) }
  }

  /// Waits until there is room for another read. Called by the reading task alone.
  func waitForRoom() async throws {
    while count >= capacity {
      try Task.checkCancellation()
      await departed.wait()
    }
  }

  /// Waits for changes that are due; `nil` when the task is cancelled. Called by the handling task alone.
  func nextDue(limit: Int) async -> [AggregateChange]? {
    while !Task.isCancelled {
      let now = milliseconds
      let (due, next) = state.withLock { state in
        state.rounds += 1
        if state.rounds % 1024 == 0 { state.changes.removeQuietSubjects(now: now) }
        return (state.changes.takeDue(limit: limit, now: now), state.changes.nextDue)
      }
      if !due.isEmpty { return due }
      if let next {
        await arrived.wait(atMost: .milliseconds(max(1, next - now)))
      } else {
        await arrived.wait()
      }
    }
    return nil
  }

  /// Milliseconds of a monotonic clock.
  private var milliseconds: Int64 {
    let elapsed = ContinuousClock.now - start
    return elapsed.wholeMilliseconds
  }
}
