import Contracts
import Idempotency

/// Records that the rider picked the order up at the shop.
struct PickUpDelivery: Sendable {
  let store: any DeliveryStore

  func callAsFunction(_ target: DeliveryTarget) async throws -> Document {
    try await store.advance(.pickUp, target)
  }
}
