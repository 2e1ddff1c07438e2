import Contracts
import Idempotency

/// Posts a review of a delivered order. Without an invitation, the order is fetched from the order service before the review is
/// rejected, because the event of the delivery may not have arrived yet.
struct PostReview: Sendable {
  let store: any ReviewStore
  let orders: any OrderSource

  /// - Throws: `ReviewError.unknownOrder`, `.notDelivered`, `.alreadyReviewed`, `.orderUnavailable`.
  func callAsFunction(_ review: NewReview, by customer: Identifier, request: IdempotentRequest?) async throws -> Document {
    do {
      return try await store.post(review, by: customer, request: request)
    } catch ReviewError.notInvited {
      let invitation = try Invitation(to: customer, for: try await orders.order(review.orderId))
      try await store.invite([invitation])
      return try await store.post(review, by: customer, request: request)
    }
  }
}
