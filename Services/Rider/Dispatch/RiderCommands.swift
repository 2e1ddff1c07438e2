import Contracts
import Idempotency
import Metrics

/// What riders do with themselves: the change in the database, and what the dispatcher must know of it.
struct RiderCommands: Sendable {
  let store: any RiderStore
  let pool: RiderPool
  let dispatcher: Dispatcher
  let metrics: DispatchMetrics

  func register(_ rider: NewRider) async throws -> Document {
    let document = try await store.register(rider)
    pool.set(rider.id, isOnline: false)
    return document
  }

  func setStatus(_ status: RiderStatus, of target: RiderTarget) async throws -> Document {
    let answer = try await store.setStatus(status, of: target)
    pool.set(target.id, isOnline: status == .online)
    if answer.hasDeclined {
      metrics.declined.increment()
      pool.release(target.id)
    }
    dispatcher.wake()
    return answer.document
  }

  /// Notes where a rider is; the database learns of it a moment later.
  /// - Throws: `RiderError.unknownRider`.
  func move(_ rider: Identifier, to location: Location) async throws {
    if pool.move(rider, to: location) { return }
    // Registered with another instance, or offline since this one started.
    guard let isOnline = try await store.isOnline(rider) else { throw RiderError.unknownRider }
    pool.set(rider, isOnline: isOnline)
    _ = pool.move(rider, to: location)
  }
}
