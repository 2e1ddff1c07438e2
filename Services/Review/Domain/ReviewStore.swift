import Contracts
import Idempotency

/// Stores reviews, ratings and invitations.
///
/// A command either changes a review, or changes nothing. A change increments the version of the review, and that of its shop's rating
/// if the rating changes, and adds an event for each to the outbox.
protocol ReviewStore: Sendable {
  /// - Throws: `ReviewError.notInvited`, `.alreadyReviewed`.
  func post(_ review: NewReview, by customer: Identifier, request: IdempotentRequest?) async throws -> Document
  /// - Throws: `ReviewError.unknownReview`, `.deleted`, `.notOwner`, `.versionMismatch`.
  func reply(_ text: String, by owner: Identifier, to target: ReviewTarget) async throws -> Document
  /// - Parameter customer: the required author; `nil` accepts any.
  /// - Throws: `ReviewError.unknownReview`, `.deleted`, `.notCustomer`, `.versionMismatch`.
  func delete(_ target: ReviewTarget, by customer: Identifier?) async throws

  /// - Throws: `ReviewError.unknownReview`, `.deleted`.
  func review(_ id: Identifier) async throws -> Document
  func reviews(_ ids: [Identifier]) async throws -> [Document]
  /// A shop's reviews without the deleted ones, newest first.
  func reviews(ofShop shop: Identifier, before cursor: Identifier?, limit: Int) async throws -> [Document]
  func reviewVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]

  func ratings(ofShops shops: [Identifier]) async throws -> [Document]
  func ratingVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]

  /// Inserts invitations; existing ones are unchanged.
  func invite(_ invitations: [Invitation]) async throws
  /// A customer's delivered orders without a review, the latest order first.
  func openInvitations(of customer: Identifier, before cursor: Identifier?, limit: Int) async throws -> [Document]
}

/// The review that a command changes, and the version that the client expects.
struct ReviewTarget: Sendable {
  let id: Identifier
  /// From `If-Match`; `nil` accepts any version.
  var expectedVersion: Int64?
}
