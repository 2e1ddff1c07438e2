import Contracts
import Idempotency

/// Where deliveries and offers are kept. Every change of a delivery raises its version by one and leaves an event in the outbox,
/// or does nothing at all; an offer changes no version.
protocol DeliveryStore: Sendable {
  /// Makes the deliveries that aren't there yet, and answers how many those were.
  func request(_ deliveries: [NewDelivery]) async throws -> Int

  func accept(_ target: DeliveryTarget) async throws -> AcceptAnswer
  /// - Returns: whether the offer was open until now.
  func decline(_ target: DeliveryTarget) async throws -> Bool
  func advance(_ action: DeliveryAction, _ target: DeliveryTarget) async throws -> Document
  func cancel(_ cancellation: Cancellation) async throws -> CancelAnswer

  /// - Throws: `RiderError.unknownDelivery`, `.neverDelivered`.
  func delivery(_ id: Identifier, for reader: Reader) async throws -> Document
  func deliveries(ofOrder order: Identifier, for reader: Reader) async throws -> [Document]
  func deliveries(_ ids: [Identifier]) async throws -> [Document]
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]
  /// The JSON of what is offered to a rider now.
  /// - Throws: `RiderError.unknownRider`.
  func openOffers(to rider: Identifier) async throws -> [[UInt8]]
}

/// A delivery that an accepted order needs.
struct NewDelivery: Sendable {
  let id: Identifier
  let order: Order
  /// The trace that the order's event belongs to.
  let traceparent: String?
}

/// The delivery that a rider's command is about, and what must be true of it.
struct DeliveryTarget: Sendable {
  let id: Identifier
  let rider: Identifier
  /// The version that the client has seen, if it insists on it.
  var expectedVersion: Int64?
}

/// That an order needs no delivery any more.
struct Cancellation: Sendable {
  let order: Identifier
  let reason: String
  /// Also when the rider has the order already.
  let isLost: Bool

  var action: DeliveryAction { isLost ? .writeOff : .cancel }
}

/// Who reads, as far as that decides what he may see.
struct Reader: Sendable {
  let role: String
  let id: Identifier
}

/// An assigned delivery, and how long a rider was looked for; `nil` when it was assigned before.
struct AcceptAnswer: Sendable {
  let document: Document
  let matchMilliseconds: Int64?
}

/// A cancelled delivery, and the rider who is free by that.
struct CancelAnswer: Sendable {
  let document: Document
  let freedRider: Identifier?
  /// An open offer was taken back.
  let hasWithdrawn: Bool
}

/// How an offer stands. All but the first are ends.
enum OfferStatus: String, CaseIterable, Sendable {
  case open, accepted, declined, expired, withdrawn
}
