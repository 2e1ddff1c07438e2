import Concurrency
import Contracts
import Logging
import Postgres
import ServiceContextModule
import ServiceLifecycle
import Telemetry

/// Executes the checkouts: those that something in this process has changed, at once; and those that are due, by a query several
/// times a second, which also finds the sagas of crashed instances.
///
/// Any number of instances may run.
final class CheckoutOrchestrator: Service {
  /// Sweeps between two counts of the open sagas.
  private static let countInterval = 40

  private let steps: CheckoutSteps
  private let logger: Logger
  private let queue: SagaQueue

  init(steps: CheckoutSteps, queue: SagaQueue, logger: Logger) {
    self.steps = steps
    self.queue = queue
    self.logger = logger
  }

  /// Runs until cancelled or gracefully shut down. Unfinished sagas are due again when their leases end.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.sweep() }
        group.addTask { await self.dispatch() }
      }
    }
  }

  private func sweep() async {
    var rounds = 0
    while !Task.isCancelled {
      queue.requestSweep()
      if rounds % Self.countInterval == 0, let counts = try? await steps.store.countOpen() { steps.metrics.open(counts) }
      rounds += 1
      try? await Task.sleep(for: steps.schedule.configuration.sweepInterval)
    }
  }

  private func dispatch() async {
    await withDiscardingTaskGroup { group in
      // If the last sweep found more than it could start, the next one comes when a quarter of the turns is free.
      var isBehind = false
      for await _ in queue.signals {
        do {
          for turn in try await wokenTurns() { group.addTask { await self.execute(turn) } }
          let free = queue.free
          guard free > 0, queue.takeSweep() || isBehind && free >= queue.limit / 4 else { continue }
          let schedule = steps.schedule
          let due = try await steps.store.claimDue(at: schedule.now, until: schedule.lease, limit: free)
          isBehind = due.count == free
          for turn in due.compactMap(turn) { group.addTask { await self.execute(turn) } }
        } catch {
          if !Task.isCancelled { logger.debug("Sagas cannot be loaded.", metadata: ["error": "\(error)"]) }
        }
      }
    }
  }

  private struct Turn: Sendable {
    let record: SagaRecord
    let trace: TraceContext
  }

  private func wokenTurns() async throws -> [Turn] {
    let wakes = queue.startWaiting()
    guard !wakes.isEmpty else { return [] }
    var turns: [Turn] = []
    defer {
      // Not found, or the database is unavailable: the turn ends, and the saga is due when its lease ends.
      let found = Set(turns.map(\.record.order))
      for wake in wakes where !found.contains(wake.order) { queue.end(wake.order) }
    }
    let wakesByOrder = Dictionary(wakes.map { ($0.order, $0) }) { first, _ in first }
    for record in try await steps.store.sagas(of: wakes.map(\.order)) {
      guard let wake = wakesByOrder[record.order] else { continue }
      steps.metrics.turnStarted(lagMilliseconds: (ContinuousClock.now - wake.at).wholeMilliseconds)
      turns.append(Turn(record: record, trace: wake.trace?.child() ?? .root()))
    }
    return turns
  }

  private func turn(_ due: DueSaga) -> Turn? {
    guard queue.start(due.record.order) else { return nil }
    steps.metrics.turnStarted(lagMilliseconds: steps.schedule.now - due.due)
    return Turn(record: due.record, trace: .root())
  }

  private func execute(_ turn: Turn) async {
    steps.metrics.running(queue.running)
    do {
      // All calls end before the lease does, since then another instance may claim the saga.
      let end = ContinuousClock.now + steps.schedule.turn
      try await ServiceContext.withTrace(turn.trace, deadline: end) { try await steps.resume(turn.record) }
    } catch {
      // The saga is due when its lease ends.
      if !Task.isCancelled {
        logger.warning("A checkout failed.", metadata: ["order": "\(turn.record.order)", "error": "\(error)"])
      }
    }
    queue.end(turn.record.order)
  }
}
