import Contracts
import Idempotency

/// Asks the order service about one order.
protocol OrderSource: Sendable {
  /// `nil` if there is no such order.
  /// - Throws: `ReviewError.orderUnavailable`.
  func order(_ id: Identifier) async throws -> Order?
}

/// Posts a review. Who has no invitation is not refused before the order service has been asked: the news of the delivery
/// may still be on its way.
struct ReviewPosting: Sendable {
  let store: any ReviewStore
  let orders: any OrderSource

  func post(_ review: NewReview, by customer: Identifier, request: IdempotentRequest?) async throws -> Document {
    do {
      return try await store.post(review, by: customer, request: request)
    } catch ReviewError.notInvited {
      let invitation = try Self.invitation(to: customer, for: try await orders.order(review.orderId))
      try await store.invite([invitation])
      return try await store.post(review, by: customer, request: request)
    }
  }

  /// - Throws: `ReviewError.unknownOrder`, `.notDelivered`.
  static func invitation(to customer: Identifier, for order: Order?) throws(ReviewError) -> Invitation {
    guard let order, order.customerId == customer else { throw .unknownOrder }
    guard let invitation = Invitation(order) else { throw .notDelivered(order.status) }
    return invitation
  }
}
