import Contracts
import Idempotency

/// Where the riders and their last positions are kept. Every change of a rider raises his version by one and leaves an event in
/// the outbox.
protocol RiderStore: Sendable {
  func register(_ rider: NewRider) async throws -> Document
  /// - Throws: `RiderError.unknownRider`.
  func rider(_ id: Identifier) async throws -> Document
  /// Going offline declines what is offered to the rider.
  func setStatus(_ status: RiderStatus, of target: RiderTarget) async throws -> StatusChangeAnswer

  /// Whether the rider is online; `nil` if there is no such rider.
  func isOnline(_ rider: Identifier) async throws -> Bool?
  func onlineRiders() async throws -> [OnlineRider]
  /// Keeps the newest position of each rider.
  func write(_ positions: [RiderPosition]) async throws
}

/// The rider that a command is about: always the caller.
struct RiderTarget: Sendable {
  let id: Identifier
  /// The version that the client has seen, if it insists on it.
  var expectedVersion: Int64?
}

/// A rider's document, and whether going offline declined an offer.
struct StatusChangeAnswer: Sendable {
  let document: Document
  let hasDeclined: Bool
}
