import Concurrency
import Logging
import Metrics
import ServiceContextModule
import ServiceLifecycle
import Synchronization
import Telemetry

/// Resolves operations whose outcome is unknown after a timeout, an error, or a crash between intent and record.
///
/// It is woken when a request ends without an outcome, and by a periodic sweep. Instances share the work: a claimed row is leased to one of
/// them.
final class OutcomeResolver: Service, Sendable {
  private let store: any PaymentStore
  private let operations: ProviderOperations
  private let leaseMilliseconds: Int
  private let sweepInterval: Duration
  private let capacity: Int
  private let logger: Logger
  private let inProgress = Atomic<Int>(0)
  private let due = Signal()
  private let resolved = Counter(label: "payment_operations_resolved_total")

  /// - Parameters:
  ///   - leaseMilliseconds: longer than a query and a request may take together.
  ///   - capacity: the maximum number of operations in progress.
  init(
    store: any PaymentStore, operations: ProviderOperations, leaseMilliseconds: Int, sweepInterval: Duration = .milliseconds(250),
    capacity: Int = 64, logger: Logger
  ) {
    self.store = store
    self.operations = operations
    self.leaseMilliseconds = leaseMilliseconds
    self.sweepInterval = sweepInterval
    self.capacity = capacity
    self.logger = logger
  }

  /// Signals that an operation is due. Never blocks.
  func wake() {
    due.set()
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        while !Task.isCancelled {
          for operation in await self.claim() {
            group.addTask { await self.resolve(operation) }
          }
          await self.due.wait(atMost: self.sweepInterval)
        }
        group.cancelAll()
      }
    }
  }

  private func claim() async -> [PendingOperation] {
    let free = capacity - inProgress.load(ordering: .relaxed)
    guard free > 0 else { return [] }
    do {
      let due = try await store.claimDue(limit: free, leaseMilliseconds: leaseMilliseconds)
      inProgress.add(due.count, ordering: .relaxed)
      return due
    } catch {
      logger.debug("Claiming due operations failed; it is retried.", metadata: ["error": "\(error)"])
      return []
    }
  }

  private func resolve(_ operation: PendingOperation) async {
    defer { inProgress.subtract(1, ordering: .relaxed) }
    let trace = operation.traceparent.flatMap { TraceContext(traceparent: $0) }?.child() ?? .root()
    do {
      let result = try await ServiceContext.withTrace(trace) { try await operations.resolve(operation) }
      if case .payment(let payment) = result, payment.isPending { return }
      resolved.increment()
    } catch {
      // The operation is due again when the lease ends.
      logger.warning(
        "The outcome of an operation could not be resolved; it is retried.",
        metadata: ["operation": "\(operation.key)", "error": "\(error)"])
    }
  }
}
