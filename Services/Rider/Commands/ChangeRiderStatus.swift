import Contracts
import Idempotency
import Metrics

/// Sets a rider online or offline. Going offline declines an open offer.
struct ChangeRiderStatus: Sendable {
  let store: any RiderStore
  let pool: RiderPool
  let dispatcher: Dispatcher
  let metrics: DispatchMetrics

  /// - Throws: `RiderError.unknownRider`, `.versionMismatch`, `.hasActiveDelivery`.
  func callAsFunction(_ status: RiderStatus, of target: RiderTarget) async throws -> Document {
    let result = try await store.setStatus(status, of: target)
    pool.set(target.id, isOnline: status == .online)
    if result.hasDeclinedOffer {
      metrics.declined.increment()
      pool.release(target.id)
    }
    dispatcher.wake()
    return result.document
  }
}
