import Contracts
import Logging
import Postgres
import ServiceContextModule
import ServiceLifecycle
import Telemetry

/// Drives the checkouts: those that something in this process happened to, at once; and those that are due, by a look at the
/// database a few times a second, which also finds what a crash left behind.
///
/// Any number of instances may run.
final class CheckoutOrchestrator: Service {
  private static let countInterval = 40

  private let steps: CheckoutSteps
  private let logger: Logger
  private let queue: SagaQueue

  /// - Parameter queue: where sagas are woken.
  init(steps: CheckoutSteps, queue: SagaQueue, logger: Logger) {
    self.steps = steps
    self.queue = queue
    self.logger = logger
  }

  /// Works until cancelled or gracefully shut down; what is unfinished then is taken up again at the end of its lease.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.keepTime() }
        group.addTask { await self.dispatch() }
      }
    }
  }

  private func keepTime() async {
    var rounds = 0
    while !Task.isCancelled {
      queue.sweep()
      if rounds % Self.countInterval == 0 { await count() }
      rounds += 1
      try? await Task.sleep(for: steps.schedule.configuration.sweepInterval)
    }
  }

  private func count() async {
    if let counts = try? await steps.store.postgres.execute(CountOpenSagas()) { steps.metrics.open(counts) }
  }

  private func dispatch() async {
    await withDiscardingTaskGroup { group in
      // More was due than there were turns: the next look comes when a quarter of them is free.
      var isBehind = false
      for await _ in queue.signals {
        do {
          for turn in try await woken() { group.addTask { await self.work(turn) } }
          let free = queue.free
          guard free > 0, queue.takeSweep() || isBehind && free >= queue.limit / 4 else { continue }
          let due = try await steps.store.claimDue(steps.schedule, limit: free)
          isBehind = due.count == free
          for turn in due.compactMap(turn) { group.addTask { await self.work(turn) } }
        } catch {
          if !Task.isCancelled { logger.debug("Sagas can't be taken up now.", metadata: ["error": "\(error)"]) }
        }
      }
    }
  }

  private struct Turn: Sendable {
    let record: SagaRecord
    let trace: TraceContext
  }

  private func woken() async throws -> [Turn] {
    let wakes = queue.takeWaiting()
    guard !wakes.isEmpty else { return [] }
    var turns: [Turn] = []
    defer {
      // Without a record there is no turn: none was found, or the database is away and the lease brings the saga back.
      let found = Set(turns.map(\.record.order))
      for wake in wakes where !found.contains(wake.order) { queue.end(wake.order) }
    }
    let traces = Dictionary(wakes.map { ($0.order, $0) }) { first, _ in first }
    for record in try await steps.store.sagas(of: wakes.map(\.order)) {
      guard let wake = traces[record.order] else { continue }
      steps.metrics.took(afterMilliseconds: (ContinuousClock.now - wake.at).milliseconds)
      turns.append(Turn(record: record, trace: wake.trace?.child() ?? .root()))
    }
    return turns
  }

  private func turn(_ due: ClaimDueSagas.Row) -> Turn? {
    guard queue.take(due.record.order) else { return nil }
    steps.metrics.took(afterMilliseconds: steps.schedule.now - due.due)
    return Turn(record: due.record, trace: .root())
  }

  private func work(_ turn: Turn) async {
    steps.metrics.underWay(queue.running)
    do {
      // No call goes on when the lease is over and another instance may take the saga up.
      let end = ContinuousClock.now + steps.schedule.turn
      try await ServiceContext.withTrace(turn.trace, deadline: end) { try await steps.take(turn.record) }
    } catch {
      // The lease brings the saga back.
      if !Task.isCancelled {
        logger.warning("A checkout stopped on the way.", metadata: ["order": "\(turn.record.order)", "error": "\(error)"])
      }
    }
    queue.end(turn.record.order)
  }
}
