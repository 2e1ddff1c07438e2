import Contracts
import Idempotency

/// Records that the rider handed the order to the customer, which makes the rider free again.
struct CompleteDelivery: Sendable {
  let store: any DeliveryStore
  let pool: RiderPool
  let dispatcher: Dispatcher

  func callAsFunction(_ target: DeliveryTarget) async throws -> Document {
    let document = try await store.advance(.complete, target)
    pool.release(target.rider)
    dispatcher.wake()
    return document
  }
}
