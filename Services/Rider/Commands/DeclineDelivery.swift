import Contracts
import Metrics

/// Declines the offer of a delivery, which is then offered to the next rider.
struct DeclineDelivery: Sendable {
  let store: any DeliveryStore
  let pool: RiderPool
  let dispatcher: Dispatcher
  let metrics: DispatchMetrics

  func callAsFunction(_ target: DeliveryTarget) async throws {
    guard try await store.decline(target) else { return }
    metrics.declined.increment()
    pool.release(target.rider)
    dispatcher.wake()
  }
}
