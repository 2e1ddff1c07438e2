import Contracts
import Idempotency

/// Registers the caller as a rider. New riders are offline.
struct RegisterRider: Sendable {
  let store: any RiderStore
  let pool: RiderPool

  /// - Throws: `RiderError.riderExists`.
  func callAsFunction(_ rider: NewRider) async throws -> Document {
    let document = try await store.register(rider)
    pool.set(rider.id, isOnline: false)
    return document
  }
}
