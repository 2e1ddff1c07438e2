import Contracts
import Idempotency

/// Stores riders and their last positions. Each change of a rider increments the version by one and adds an event to the outbox.
protocol RiderStore: Sendable {
  func register(_ rider: NewRider) async throws -> Document
  /// - Throws: `RiderError.unknownRider`.
  func rider(_ id: Identifier) async throws -> Document
  /// Going offline declines an open offer.
  func setStatus(_ status: RiderStatus, of target: RiderTarget) async throws -> StatusChangeResult

  /// - Returns: `nil` if the rider does not exist.
  func isOnline(_ rider: Identifier) async throws -> Bool?
  func onlineRiders() async throws -> [OnlineRider]
  /// Stores the newest position of each rider.
  func write(_ positions: [RiderPosition]) async throws
}

/// The rider that a command changes, who is always the caller.
struct RiderTarget: Sendable {
  let id: Identifier
  /// From `If-Match`; `nil` accepts any version.
  var expectedVersion: Int64?
}

struct StatusChangeResult: Sendable {
  let document: Document
  /// Going offline declined an open offer.
  let hasDeclinedOffer: Bool
}
