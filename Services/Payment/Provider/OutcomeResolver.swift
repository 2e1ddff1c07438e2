import Logging
import Metrics
import ServiceContextModule
import ServiceLifecycle
import Synchronization
import Telemetry

/// Finds out what came of operations whose outcome is unknown: after a timeout, an error, a crash between intent and record.
///
/// Woken in memory when a request has given up, and by a sweep for whatever is due. Instances share the work: a row has one taker at a time.
final class OutcomeResolver: Service, Sendable {
  private let store: any PaymentStore
  private let charging: ProviderOperations
  private let leaseMilliseconds: Int
  private let sweepInterval: Duration
  private let capacity: Int
  private let logger: Logger
  private let running = Atomic<Int>(0)
  private let wakeUps: AsyncStream<Void>
  private let wakeUp: AsyncStream<Void>.Continuation
  private let resolved = Counter(label: "payment_operations_resolved_total")

  /// - Parameters:
  ///   - leaseMilliseconds: longer than asking and sending may take.
  ///   - capacity: operations in hand at once.
  init(
    store: any PaymentStore, charging: ProviderOperations, leaseMilliseconds: Int, sweepInterval: Duration = .milliseconds(250),
    capacity: Int = 64, logger: Logger
  ) {
    self.store = store
    self.charging = charging
    self.leaseMilliseconds = leaseMilliseconds
    self.sweepInterval = sweepInterval
    self.capacity = capacity
    self.logger = logger
    (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Says that something is due. Never waits.
  func wake() {
    wakeUp.yield()
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        group.addTask { await self.sweep() }
        for await _ in self.wakeUps {
          for operation in await self.claim() {
            group.addTask { await self.resolve(operation) }
          }
        }
        group.cancelAll()
      }
    }
  }

  private func sweep() async {
    while !Task.isCancelled {
      wake()
      try? await Task.sleep(for: sweepInterval)
    }
  }

  private func claim() async -> [PendingOperation] {
    let free = capacity - running.load(ordering: .relaxed)
    guard free > 0 else { return [] }
    do {
      let due = try await store.claimDue(limit: free, leaseMilliseconds: leaseMilliseconds)
      running.add(due.count, ordering: .relaxed)
      return due
    } catch {
      logger.debug("Operations that are due can't be looked for now; soon again.", metadata: ["error": "\(error)"])
      return []
    }
  }

  private func resolve(_ operation: PendingOperation) async {
    defer { running.subtract(1, ordering: .relaxed) }
    let trace = operation.traceparent.flatMap { TraceContext(traceparent: $0) }?.child() ?? .root()
    do {
      let result = try await ServiceContext.withTrace(trace) { try await charging.resolve(operation) }
      if case .answered(let answer) = result, answer.isPending { return }
      resolved.increment()
    } catch {
      // The lease brings it back.
      logger.warning(
        "The outcome of an operation could not be recorded; it is looked for again.",
        metadata: ["operation": "\(operation.key)", "error": "\(error)"])
    }
  }
}
