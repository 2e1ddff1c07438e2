import Contracts
import Idempotency

/// Stores deliveries and offers.
///
/// A command either changes a delivery, which increments its version by one and adds an event to the outbox, or changes nothing.
/// Offers have no version of their own.
protocol DeliveryStore: Sendable {
  /// Inserts the deliveries of orders that have none yet.
  /// - Returns: how many were inserted.
  func request(_ deliveries: [NewDelivery]) async throws -> Int

  func accept(_ target: DeliveryTarget) async throws -> AcceptResult
  /// - Returns: false if the rider had declined the offer before.
  func decline(_ target: DeliveryTarget) async throws -> Bool
  func advance(_ action: DeliveryAction, _ target: DeliveryTarget) async throws -> Document
  func cancel(_ cancellation: Cancellation) async throws -> CancelResult

  /// - Throws: `RiderError.unknownDelivery`, `.cancelledBeforeRequest`.
  func delivery(_ id: Identifier, for reader: Reader) async throws -> Document
  func deliveries(ofOrder order: Identifier, for reader: Reader) async throws -> [Document]
  func deliveries(_ ids: [Identifier]) async throws -> [Document]
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]
  /// The rider's open offers as JSON.
  /// - Throws: `RiderError.unknownRider`.
  func openOffers(to rider: Identifier) async throws -> [[UInt8]]
}

/// The delivery of an accepted order, before it is stored.
struct NewDelivery: Sendable {
  let id: Identifier
  let order: Order
  /// The trace context of the order's event.
  let traceparent: String?
}

/// The delivery that a rider's command changes, and the version that the client expects.
struct DeliveryTarget: Sendable {
  let id: Identifier
  let rider: Identifier
  /// From `If-Match`; `nil` accepts any version.
  var expectedVersion: Int64?
}

/// The cancellation of an order's delivery.
struct Cancellation: Sendable {
  let order: Identifier
  let reason: String
  /// Cancels a delivery that is picked up, too: the order counts as lost.
  let isLost: Bool

  var action: DeliveryAction { isLost ? .writeOff : .cancel }
}

/// The caller of a read, for the visibility predicate.
struct Reader: Sendable {
  let role: String
  let id: Identifier
}

struct AcceptResult: Sendable {
  let document: Document
  /// From the request of the delivery until its acceptance; `nil` if the rider had accepted it before.
  let matchMilliseconds: Int64?
}

struct CancelResult: Sendable {
  let document: Document
  /// The rider who had the delivery or its open offer.
  let freedRider: Identifier?
  let hasWithdrawnOffer: Bool
}

/// The status of an offer. All but `open` are final.
enum OfferStatus: String, CaseIterable, Sendable {
  case open, accepted, declined, expired, withdrawn
}
