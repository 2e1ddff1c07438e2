import Contracts
import Idempotency
import Synchronization

@testable import RiderService

/// A document with an arbitrary id, for results of the fake stores.
let sampleDocument = Document(id: .fresh(), version: 2, json: [])

/// A rider store with fixed results, whose online riders can't be read, so that no refresh interferes with the pool.
final class FakeRiderStore: RiderStore {
  struct Unavailable: Error {}

  private let isKnownOnline: Bool?
  private let hasDeclinedOffer: Bool
  private let queries = Atomic(0)

  /// How often ``isOnline(_:)`` was called.
  var statusQueries: Int { queries.load(ordering: .relaxed) }

  init(isKnownOnline: Bool? = nil, hasDeclinedOffer: Bool = false) {
    self.isKnownOnline = isKnownOnline
    self.hasDeclinedOffer = hasDeclinedOffer
  }

  func register(_ rider: NewRider) -> Document { sampleDocument }
  func rider(_ id: Identifier) -> Document { sampleDocument }

  func setStatus(_ status: RiderStatus, of target: RiderTarget) -> StatusChangeResult {
    StatusChangeResult(document: sampleDocument, hasDeclinedOffer: hasDeclinedOffer)
  }

  func isOnline(_ rider: Identifier) -> Bool? {
    queries.add(1, ordering: .relaxed)
    return isKnownOnline
  }

  func onlineRiders() throws -> [OnlineRider] { throw Unavailable() }
  func write(_ positions: [RiderPosition]) {}
}

/// A delivery store with fixed results.
struct FakeDeliveryStore: DeliveryStore {
  /// `nil` for an acceptance that is repeated.
  var matchMilliseconds: Int64?
  /// False for a decline that is repeated.
  var wasOpen = true
  var freedRider: Identifier?

  func request(_ deliveries: [NewDelivery]) -> Int { deliveries.count }

  func accept(_ target: DeliveryTarget) -> AcceptResult {
    AcceptResult(document: sampleDocument, matchMilliseconds: matchMilliseconds)
  }

  func decline(_ target: DeliveryTarget) -> Bool { wasOpen }
  func advance(_ action: DeliveryAction, _ target: DeliveryTarget) -> Document { sampleDocument }

  func cancel(_ cancellation: Cancellation) -> CancelResult {
    CancelResult(document: sampleDocument, freedRider: freedRider, hasWithdrawnOffer: freedRider != nil)
  }

  func delivery(_ id: Identifier, for reader: Reader) -> Document { sampleDocument }
  func deliveries(ofOrder order: Identifier, for reader: Reader) -> [Document] { [] }
  func deliveries(_ ids: [Identifier]) -> [Document] { [] }
  func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) -> [AggregateVersion] { [] }
  func openOffers(to rider: Identifier) -> [[UInt8]] { [] }
}

/// A dispatch store with one due delivery whose first dispatch transaction fails after the matching.
final class FakeDispatchStore: DispatchStore {
  struct TransactionFailed: Error {}

  private let due = DueDelivery(id: .fresh(), pickup: .cityHall, offered: [])
  private let matches = Mutex<[[MatchedDelivery]]>([])

  /// The riders that each transaction's matching chose.
  var chosenRiders: [[Identifier]] { matches.withLock { $0.map { $0.compactMap(\.rider) } } }

  func expireOffers() -> [Identifier] { [] }
  func hasDue() -> Bool { matches.withLock { $0.count < 2 } }

  func offer(
    limit: Int, lasting timeout: Duration, retryAfter retry: Duration, _ match: ([DueDelivery]) -> [MatchedDelivery]
  ) throws -> OfferRound {
    let matched = match([due])
    let attempt = matches.withLock { matches in
      matches.append(matched)
      return matches.count
    }
    if attempt == 1 { throw TransactionFailed() }
    let riders = matched.compactMap(\.rider)
    return OfferRound(claimed: 1, chosen: riders.count, offered: riders)
  }

  func waitingCount() -> Int { 1 }
  func ridersWithOffers() -> [Identifier] { [] }
}
