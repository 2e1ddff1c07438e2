import Contracts

/// Updates a rider's position in memory; ``PositionWriter`` writes it to the database.
struct MoveRider: Sendable {
  let store: any RiderStore
  let pool: RiderPool

  /// - Throws: `RiderError.unknownRider`.
  func callAsFunction(_ rider: Identifier, to location: Location) async throws {
    if pool.move(rider, to: location) { return }
    // The pool doesn't contain riders who registered at another instance, or who have been offline since this one started.
    guard let isOnline = try await store.isOnline(rider) else { throw RiderError.unknownRider }
    pool.set(rider, isOnline: isOnline)
    _ = pool.move(rider, to: location)
  }
}
