import Contracts
import Idempotency
import Metrics

/// Assigns a delivery to the rider who accepts its offer. Repeating the command has no effect.
struct AcceptDelivery: Sendable {
  let store: any DeliveryStore
  let pool: RiderPool
  let metrics: DispatchMetrics

  func callAsFunction(_ target: DeliveryTarget) async throws -> Document {
    let result = try await store.accept(target)
    if let milliseconds = result.matchMilliseconds {
      pool.reserve(target.rider)
      metrics.accepted.increment()
      metrics.match.recordNanoseconds(max(0, milliseconds) * 1_000_000)
    }
    return result.document
  }
}
