import Contracts
import Synchronization

/// The pending changes of a consumer between the task that reads and the task that handles. Safe to use from any task.
final class ConsumerMailbox: Sendable {
  private struct State {
    var changes = PendingChanges()
    var rounds = 0
  }

  private let capacity: Int
  private let state = Mutex(State())
  private let arrivals: AsyncStream<Void>
  private let arrived: AsyncStream<Void>.Continuation
  private let departures: AsyncStream<Void>
  private let departed: AsyncStream<Void>.Continuation
  private let start = ContinuousClock.now

  init(capacity: Int) {
    self.capacity = capacity
    (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (departures, departed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// How many entries are held.
  var count: Int { state.withLock { $0.changes.count } }

  func holds(_ entry: PendingChanges.Entry) -> Bool {
    state.withLock { $0.changes.holds(entry) }
  }

  func add(_ entry: PendingChanges.Entry, _ event: Event) {
    let now = milliseconds
    state.withLock { $0.changes.add(entry, event, now: now) }
    arrived.yield()
  }

  func complete(_ change: SubjectChange, _ outcome: ChangeOutcome) -> PendingChanges.Completion {
    let now = milliseconds
    defer { departed.yield() }
    return state.withLock { $0.changes.complete(change, outcome, now: now) }
  }

  /// Waits until there is room for another read. Called by the reading task alone.
  func waitForRoom() async throws {
    while count >= capacity {
      var iterator = departures.makeAsyncIterator()
      guard await iterator.next() != nil else { throw CancellationError() }
    }
  }

  /// Waits for changes that are due; `nil` when the task is cancelled. Called by the handling task alone.
  func nextDue(limit: Int) async -> [SubjectChange]? {
    while !Task.isCancelled {
      let now = milliseconds
      let (due, next) = state.withLock { state in
        state.rounds += 1
        if state.rounds % 1024 == 0 { state.changes.forgetQuietSubjects(now: now) }
        return (state.changes.takeDue(limit: limit, now: now), state.changes.nextDue)
      }
      if !due.isEmpty { return due }
      await waitForArrival(orFor: next.map { .milliseconds(max(1, $0 - now)) })
    }
    return nil
  }

  private func waitForArrival(orFor timeout: Duration?) async {
    guard let timeout else {
      var iterator = arrivals.makeAsyncIterator()
      _ = await iterator.next()
      return
    }
    await withTaskGroup { group in
      group.addTask {
        var iterator = self.arrivals.makeAsyncIterator()
        _ = await iterator.next()
      }
      group.addTask { try? await Task.sleep(for: timeout) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Milliseconds of a clock that only goes forward.
  private var milliseconds: Int64 {
    let elapsed = ContinuousClock.now - start
    return elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
  }
}
