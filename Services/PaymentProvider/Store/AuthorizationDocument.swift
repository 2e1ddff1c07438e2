/// The JSON that the network shows, as SQL expressions: the database writes what callers read.
enum AuthorizationDocument {
  /// A row that looks like `authorizations`.
  static func authorization(_ row: String) -> String {
    """
    json_build_object(
      'id', \(row).id,
      'reference', \(row).reference,
      'amount', \(money("\(row).amount")),
      'status', \(row).status,
      'declineCode', \(row).decline_code,
      'captured', \(money("\(row).captured")),
      'refunded', \(money("\(row).refunded")),
      'createdAt', \(time("\(row).created_at")))
    """
  }

  /// The body of a row of `webhooks`.
  static let webhook = """
    json_build_object(
      'id', webhooks.id,
      'type', webhooks.type,
      'authorizationId', webhooks.authorization_id,
      'reference', webhooks.reference,
      'occurredAt', \(time("webhooks.occurred_at")))
    """

  private static func money(_ column: String) -> String {
    "json_build_object('amount', \(column), 'currency', 'KRW')"
  }

  private static func time(_ column: String) -> String {
    #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
  }
}
