import Contracts
import Idempotency
import Metrics

/// Cancels the delivery of an order, withdraws its open offer, and makes its rider free again.
struct CancelDelivery: Sendable {
  let store: any DeliveryStore
  let pool: RiderPool
  let dispatcher: Dispatcher
  let metrics: DispatchMetrics

  func callAsFunction(_ cancellation: Cancellation) async throws -> Document {
    let result = try await store.cancel(cancellation)
    if result.hasWithdrawnOffer { metrics.withdrawn.increment() }
    if let rider = result.freedRider {
      pool.release(rider)
      dispatcher.wake()
    }
    return result.document
  }
}
