import Contracts
import Failpoints
import Persistence
import Postgres

/// The dispatcher's statements in PostgreSQL. None of them changes a version, so none adds an event.
struct PostgresDispatchStore: DispatchStore {
  let postgres: PostgresClient

  func expireOffers() async throws -> [Identifier] {
    try await postgres.write(ExpireOffers())
  }

  func hasDue() async throws -> Bool {
    try await postgres.execute(HasDueDeliveries()).first ?? false
  }

  func offer(
    limit: Int, lasting timeout: Duration, retryAfter retry: Duration, _ match: ([DueDelivery]) -> [MatchedDelivery]
  ) async throws -> OfferRound {
    let round = try await postgres.withTransaction { transaction in
      let due = try await transaction.execute(ClaimDueDeliveries(limit: limit))
      guard !due.isEmpty else { return OfferRound(claimed: 0, chosen: 0, offered: []) }
      let matched = match(due)
      let offered = try await transaction.execute(InsertOffers(matched: matched, timeout: timeout, retry: retry))
      Failpoint.beforeCommit.reach()
      return OfferRound(claimed: due.count, chosen: matched.count { $0.rider != nil }, offered: offered)
    }
    if round.claimed > 0 { Failpoint.afterCommit.reach() }
    return round
  }

  func waitingCount() async throws -> Int {
    try await postgres.execute(CountWaitingDeliveries()).first ?? 0
  }

  func ridersWithOffers() async throws -> [Identifier] {
    try await postgres.execute(SelectRidersWithOffers())
  }
}
