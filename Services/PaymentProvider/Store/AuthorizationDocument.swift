import Persistence

/// The JSON documents of authorizations and webhooks, as SQL expressions.
enum AuthorizationDocument {
  /// A row with the columns of `authorizations`.
  static func authorization(_ row: String) -> String {
    """
    json_build_object(
      'id', \(row).id,
      'reference', \(row).reference,
      'amount', \(DocumentSQL.money("\(row).amount")),
      'status', \(row).status,
      'declineCode', \(row).decline_code,
      'captured', \(DocumentSQL.money("\(row).captured")),
      'refunded', \(DocumentSQL.money("\(row).refunded")),
      'createdAt', \(DocumentSQL.time("\(row).created_at")))
    """
  }

  /// The body of a row of `webhooks`.
  static let webhook = """
    json_build_object(
      'id', webhooks.id,
      'type', webhooks.type,
      'authorizationId', webhooks.authorization_id,
      'reference', webhooks.reference,
      'occurredAt', \(DocumentSQL.time("webhooks.occurred_at")))
    """
}
