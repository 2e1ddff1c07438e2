import Contracts

/// What the dispatcher asks of the database, which alone decides who has what.
protocol DispatchStore: Sendable {
  /// Ends offers whose time is over, and answers to whom they were made.
  func expireOffers() async throws -> [Identifier]
  /// Whether a delivery is due to be offered.
  func hasDue() async throws -> Bool
  /// Claims deliveries that are due, has them matched, and makes the offers; nobody else can claim them meanwhile.
  func offer(
    limit: Int, lasting timeout: Duration, retryAfter retry: Duration, _ match: ([DueDelivery]) -> [MatchedDelivery]
  ) async throws -> OfferRound
  /// How many deliveries have no rider yet.
  func waitingCount() async throws -> Int
  /// The riders who have an open offer.
  func ridersWithOffers() async throws -> [Identifier]
}

/// A delivery without rider and without open offer.
struct DueDelivery: Hashable, Sendable {
  let id: Identifier
  let pickup: Location
  /// Who was asked in this round.
  let asked: [Identifier]
}

/// What to do with a delivery that is due.
struct MatchedDelivery: Hashable, Sendable {
  enum Decision: Hashable, Sendable {
    case offer(to: Identifier, meters: Int64)
    case postpone(newRound: Bool)
  }

  let id: Identifier
  let decision: Decision

  /// Who was chosen, if anybody.
  var rider: Identifier? {
    switch decision {
    case .offer(let rider, _): rider
    case .postpone: nil
    }
  }
}

/// What came of one round of offers.
struct OfferRound: Sendable {
  /// How many deliveries were due and claimed.
  let claimed: Int
  /// How many riders the matching chose.
  let chosen: Int
  /// Who has an offer now: those chosen, but for riders who turned out not to be free.
  let offered: [Identifier]
}
