/// A customer's review of a delivered order: the response of `GET /reviews/{id}`.
public struct Review: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var orderId: Identifier
  public var shopId: Identifier
  public var customerId: Identifier
  /// Stars, 1–5.
  public var rating: Int
  public var text: String
  /// The shop owner's reply.
  public var reply: ReviewReply?
  public var version: Int64
  public var createdAt: Timestamp
  public var updatedAt: Timestamp

  public init(
    id: Identifier, orderId: Identifier, shopId: Identifier, customerId: Identifier, rating: Int, text: String,
    reply: ReviewReply?, version: Int64, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.orderId = orderId
    self.shopId = shopId
    self.customerId = customerId
    self.rating = rating
    self.text = text
    self.reply = reply
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// The shop owner's reply to a review.
public struct ReviewReply: Hashable, Sendable, Codable {
  public var text: String
  public var at: Timestamp

  public init(text: String, at: Timestamp) {
    self.text = text
    self.at = at
  }
}

/// The mean of a shop's reviews, an aggregate of its own: an item of the response of `GET /ratings?shopIds=…`.
public struct ShopRating: Hashable, Sendable, Codable, Aggregate {
  public var shopId: Identifier
  /// The mean of 1–5 stars; 0 while there is no review.
  public var average: Double
  /// How many reviews the mean is computed from.
  public var count: Int
  public var version: Int64

  public var id: Identifier { shopId }

  public init(shopId: Identifier, average: Double, count: Int, version: Int64) {
    self.shopId = shopId
    self.average = average
    self.count = count
    self.version = version
  }
}
