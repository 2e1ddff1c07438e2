import Contracts

/// The dispatcher's access to the database, which decides about conflicting offers.
protocol DispatchStore: Sendable {
  /// Expires offers that timed out.
  /// - Returns: the riders who had them.
  func expireOffers() async throws -> [Identifier]
  /// Whether a delivery is due to be offered.
  func hasDue() async throws -> Bool
  /// Claims due deliveries, matches them with `match`, and inserts the offers, in one transaction that locks the deliveries.
  /// - Returns: what was claimed and offered.
  func offer(
    limit: Int, lasting timeout: Duration, retryAfter retry: Duration, _ match: ([DueDelivery]) -> [MatchedDelivery]
  ) async throws -> OfferRound
  /// The number of deliveries without a rider.
  func waitingCount() async throws -> Int
  /// The riders with an open offer.
  func ridersWithOffers() async throws -> [Identifier]
}

/// A delivery without a rider and without an open offer.
struct DueDelivery: Hashable, Sendable {
  let id: Identifier
  let pickup: Location
  /// The riders who had an offer in the current round.
  let offered: [Identifier]
}

/// The decision about a due delivery.
struct MatchedDelivery: Hashable, Sendable {
  enum Decision: Hashable, Sendable {
    case offer(to: Identifier, meters: Int64)
    case postpone(newRound: Bool)
  }

  let id: Identifier
  let decision: Decision

  /// The chosen rider; `nil` if the delivery is postponed.
  var rider: Identifier? {
    switch decision {
    case .offer(let rider, _): rider
    case .postpone: nil
    }
  }
}

/// The result of one dispatch round.
struct OfferRound: Sendable {
  /// The number of claimed deliveries.
  let claimed: Int
  /// The number of riders that the matching chose.
  let chosen: Int
  /// The riders who have an offer now: those chosen, without those who turned out not to be free.
  let offered: [Identifier]
}
