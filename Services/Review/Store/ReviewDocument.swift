import Persistence

/// SQL expressions for the JSON documents of reviews, ratings and invitations.
enum ReviewDocument {
  /// A row of `reviews` as `Contracts.Review`; NULL if it is deleted.
  static func review(_ review: String) -> String {
    """
    CASE WHEN \(review).deleted_at IS NULL THEN json_build_object(
      'id', \(review).id,
      'orderId', \(review).order_id,
      'shopId', \(review).shop_id,
      'customerId', \(review).customer_id,
      'rating', \(review).rating,
      'text', \(review).text,
      'reply', CASE WHEN \(review).reply IS NOT NULL THEN
        json_build_object('text', \(review).reply, 'at', \(DocumentSQL.time("\(review).replied_at"))) END,
      'version', \(review).version,
      'createdAt', \(DocumentSQL.time("\(review).created_at")),
      'updatedAt', \(DocumentSQL.time("\(review).updated_at"))) END
    """
  }

  /// A row of `ratings` as `Contracts.ShopRating`.
  static let rating = """
    json_build_object(
      'shopId', ratings.shop_id,
      'average', CASE WHEN ratings.count > 0 THEN ratings.sum::double precision / ratings.count ELSE 0 END,
      'count', ratings.count,
      'version', ratings.version)
    """

  /// A row of `invitations`.
  static let invitation = """
    json_build_object(
      'orderId', invitations.order_id,
      'shopId', invitations.shop_id,
      'deliveredAt', \(DocumentSQL.time("invitations.delivered_at")))
    """
}
