import Contracts

/// The JSON of payments and of the ledger, as SQL expressions: the database writes what clients read.
enum PaymentDocument {
  /// A row of `payments`, in the shape of `Contracts.Payment`.
  static func payment(_ payment: String) -> String {
    """
    json_build_object(
      'id', \(payment).id,
      'orderId', \(payment).order_id,
      'customerId', \(payment).customer_id,
      'amount', \(money("\(payment).amount")),
      'status', \(payment).status,
      'captured', \(money("\(payment).captured")),
      'refunded', \(money("\(payment).refunded")),
      'pending', \(payment).pending,
      'declineReason', \(payment).decline_reason,
      'version', \(payment).version,
      'createdAt', \(time("\(payment).created_at")),
      'updatedAt', \(time("\(payment).updated_at")),
      'timeline', \(payment).timeline)
    """
  }

  /// The line of a timeline that a version makes now.
  static func timelineEntry(version: String, status: String) -> String {
    "jsonb_build_array(jsonb_build_object('version', \(version), 'status', \(status)::text, 'at', \(time("now()"))))"
  }

  /// A row of `ledger_transactions` with its entries.
  static func transaction(_ transaction: String) -> String {
    """
    json_build_object(
      'id', \(transaction).transaction_id,
      'paymentId', \(transaction).payment_id,
      'version', \(transaction).version,
      'kind', \(transaction).kind,
      'amount', \(money("\(transaction).amount")),
      'at', \(time("\(transaction).at")),
      'entries', (
        SELECT json_agg(json_build_object(
          'account', account, 'debit', \(money("debit")), 'credit', \(money("credit"))) ORDER BY position)
        FROM ledger_entries
        WHERE ledger_entries.transaction_id = \(transaction).transaction_id))
    """
  }

  static func money(_ column: String) -> String {
    "json_build_object('amount', \(column), 'currency', 'KRW')"
  }

  private static func time(_ column: String) -> String {
    #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
  }
}

extension Identifier {
  /// The nil UUID (RFC 9562, section 5.9): the customer of a payment that was voided before it was asked for.
  static let nobody = "00000000-0000-0000-0000-000000000000"
}
