import Contracts
import Idempotency

/// Where reviews, ratings and invitations are kept. A change raises the version of the review, and of its shop's rating if that
/// changes with it, and leaves an event for each, or does nothing at all.
protocol ReviewStore: Sendable {
  /// - Throws: `ReviewError.notInvited`, `.alreadyReviewed`.
  func post(_ review: NewReview, by customer: Identifier, request: IdempotentRequest?) async throws -> Document
  /// - Throws: `ReviewError.unknownReview`, `.deleted`, `.notOwner`, `.versionMismatch`.
  func reply(_ text: String, by owner: Identifier, to target: ReviewTarget) async throws -> Document
  /// - Parameter customer: whose review it must be; `nil` for anybody's.
  func delete(_ target: ReviewTarget, by customer: Identifier?) async throws

  /// - Throws: `ReviewError.unknownReview`, `.deleted`.
  func review(_ id: Identifier) async throws -> Document
  func reviews(_ ids: [Identifier]) async throws -> [Document]
  /// A shop's live reviews, newest first.
  func reviews(ofShop shop: Identifier, before cursor: Identifier?, limit: Int) async throws -> [Document]
  func reviewVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]

  func ratings(ofShops shops: [Identifier]) async throws -> [Document]
  func ratingVersions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion]

  /// Keeps invitations; those that are there already stay as they are.
  func invite(_ invitations: [Invitation]) async throws
  /// Delivered orders of a customer that have no review, the latest order first.
  func openInvitations(of customer: Identifier, before cursor: Identifier?, limit: Int) async throws -> [Document]
}

/// The review that a command is about, and what must be true of it.
struct ReviewTarget: Sendable {
  let id: Identifier
  /// The version that the client has seen, if it insists on it.
  var expectedVersion: Int64?
}

/// Why a command was not carried out.
enum ReviewError: Error, Hashable {
  case unknownReview
  case deleted
  case notOwner
  case notCustomer
  case versionMismatch(current: Int64)
  /// There is no such order, or it is somebody else's.
  case unknownOrder
  case notDelivered(OrderStatus)
  case alreadyReviewed
  /// Nothing is known here of a delivery of the order to this customer.
  case notInvited
  /// The order service can't be asked now.
  case orderUnavailable
}
