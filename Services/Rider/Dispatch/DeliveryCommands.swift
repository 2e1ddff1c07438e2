import Contracts
import Idempotency
import Metrics

/// What riders and the checkout saga do with deliveries: the change in the database, and what the dispatcher must know of it.
struct DeliveryCommands: Sendable {
  let store: any DeliveryStore
  let pool: RiderPool
  let dispatcher: Dispatcher
  let metrics: DispatchMetrics

  func accept(_ target: DeliveryTarget) async throws -> Document {
    let answer = try await store.accept(target)
    if let milliseconds = answer.matchMilliseconds {
      pool.take(target.rider)
      metrics.accepted.increment()
      metrics.match.recordNanoseconds(max(0, milliseconds) * 1_000_000)
    }
    return answer.document
  }

  func decline(_ target: DeliveryTarget) async throws {
    guard try await store.decline(target) else { return }
    metrics.declined.increment()
    pool.release(target.rider)
    dispatcher.wake()
  }

  func pickUp(_ target: DeliveryTarget) async throws -> Document {
    try await store.advance(.pickUp, target)
  }

  func complete(_ target: DeliveryTarget) async throws -> Document {
    let document = try await store.advance(.complete, target)
    pool.release(target.rider)
    dispatcher.wake()
    return document
  }

  func cancel(_ cancellation: Cancellation) async throws -> Document {
    let answer = try await store.cancel(cancellation)
    if answer.hasWithdrawn { metrics.withdrawn.increment() }
    if let rider = answer.freedRider {
      pool.release(rider)
      dispatcher.wake()
    }
    return answer.document
  }
}
