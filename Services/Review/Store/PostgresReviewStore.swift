import Contracts
import Events
import Idempotency
import Persistence
import Postgres
import Telemetry

/// Stores reviews, ratings and invitations in PostgreSQL. Each command is one statement.
struct PostgresReviewStore: ReviewStore {
  let postgres: PostgresClient
  /// Wakes the outbox relay; called after each commit with an event.
  let committed: @Sendable () -> Void

  func post(_ review: NewReview, by customer: Identifier, request: IdempotentRequest?) async throws -> Document {
    do {
      return try await postgres.executeOnce(request) {
        let statement = InsertReview(
          id: .v7(at: .now()), review: review, customer: customer, events: .now(), request: request)
        if let document = try await commit(statement) { return document }
        let isReviewed = try await postgres.execute(FindReviewOfOrder(order: review.orderId, customer: customer)).first ?? false
        throw isReviewed ? ReviewError.alreadyReviewed : .notInvited
      }
    } catch ReviewError.alreadyReviewed {
      // The same request may have been executed concurrently; then its response is stored by now.
      return try await postgres.executeOnce(request) { throw ReviewError.alreadyReviewed }
    }
  }

  func reply(_ text: String, by owner: Identifier, to target: ReviewTarget) async throws -> Document {
    if let review = try await commit(UpdateReply(target: target, owner: owner, text: text, event: .now())) { return review }
    throw try await rejection(of: target) { $0.owner == owner ? nil : .notOwner }
  }

  func delete(_ target: ReviewTarget, by customer: Identifier?) async throws {
    if try await commit(UpdateReviewDeleted(target: target, customer: customer, events: .now())) != nil { return }
    throw try await rejection(of: target) { customer == nil || $0.customer == customer ? nil : .notCustomer }
  }

  func review(_ id: Identifier) async throws -> Document {
    guard let review = try await reviews([id]).first else { throw ReviewError.unknownReview }
    guard review.json != nil else { throw ReviewError.deleted }
    return review
  }

  func reviews(_ ids: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectReviews(ids: ids))
  }

  func reviews(ofShop shop: Identifier, before cursor: Identifier?, limit: Int) async throws -> [Document] {
    try await postgres.execute(SelectShopReviews(shop: shop, cursor: cursor, limit: limit))
  }

  func reviewVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions<ReviewTable>(after: cursor, changedSince: changedSince, limit: limit))
  }

  func ratings(ofShops shops: [Identifier]) async throws -> [Document] {
    try await postgres.execute(SelectRatings(shops: shops))
  }

  func ratingVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] {
    try await postgres.execute(SelectVersions<RatingTable>(after: cursor, changedSince: changedSince, limit: limit))
  }

  func invite(_ invitations: [Invitation]) async throws {
    guard !invitations.isEmpty else { return }
    _ = try await postgres.write(InsertInvitations(invitations: invitations))
  }

  func openInvitations(of customer: Identifier, before cursor: Identifier?, limit: Int) async throws -> [Document] {
    try await postgres.execute(SelectOpenInvitations(customer: customer, cursor: cursor, limit: limit))
  }

  /// Executes a guarded statement that adds events.
  /// - Returns: `nil` if a guard rejected it.
  private func commit<S: PostgresStatement>(_ statement: S) async throws -> S.Row? {
    guard let row = try await postgres.writeGuarded(statement) else { return nil }
    committed()
    return row
  }

  /// Why a guard rejected a command.
  private func rejection(
    of target: ReviewTarget, ownership: (SelectRejectionState.Row) -> ReviewError?
  ) async throws -> ReviewError {
    guard let review = try await postgres.execute(SelectRejectionState(id: target.id)).first else { return .unknownReview }
    if review.isDeleted { return .deleted }
    // If the command would be legal now, another writer changed the review in between.
    return ownership(review) ?? .versionMismatch(current: review.version)
  }
}
