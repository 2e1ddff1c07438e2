import Contracts

/// A review before it is stored.
struct NewReview: Hashable, Sendable {
  let orderId: Identifier
  /// Stars, 1–5.
  let rating: Int
  let text: String
}
