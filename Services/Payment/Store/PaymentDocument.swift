import Contracts
import Persistence

/// The JSON documents of payments and of the ledger, as SQL expressions.
enum PaymentDocument {
  /// A row of `payments` as `Contracts.Payment`.
  static func payment(_ payment: String) -> String {
    """
    json_build_object(
      'id', \(payment).id,
      'orderId', \(payment).order_id,
      'customerId', \(payment).customer_id,
      'amount', \(DocumentSQL.money("\(payment).amount")),
      'status', \(payment).status,
      'captured', \(DocumentSQL.money("\(payment).captured")),
      'refunded', \(DocumentSQL.money("\(payment).refunded")),
      'pending', \(payment).pending,
      'declineReason', \(payment).decline_reason,
      'version', \(payment).version,
      'createdAt', \(DocumentSQL.time("\(payment).created_at")),
      'updatedAt', \(DocumentSQL.time("\(payment).updated_at")),
      'timeline', \(payment).timeline)
    """
  }

  /// The timeline entry of a version that is created now.
  static func timelineEntry(version: String, status: String) -> String {
    "jsonb_build_array(jsonb_build_object('version', \(version), 'status', \(status)::text, 'at', \(DocumentSQL.time("now()"))))"
  }

  /// A row of `ledger_transactions` with its entries.
  static func transaction(_ transaction: String) -> String {
    """
    json_build_object(
      'id', \(transaction).transaction_id,
      'paymentId', \(transaction).payment_id,
      'version', \(transaction).version,
      'kind', \(transaction).kind,
      'amount', \(DocumentSQL.money("\(transaction).amount")),
      'at', \(DocumentSQL.time("\(transaction).at")),
      'entries', (
        SELECT json_agg(json_build_object(
          'account', account, 'debit', \(DocumentSQL.money("debit")), 'credit', \(DocumentSQL.money("credit"))) ORDER BY position)
        FROM ledger_entries
        WHERE ledger_entries.transaction_id = \(transaction).transaction_id))
    """
  }
}

extension Identifier {
  /// RFC 9562, section 5.9: the customer of a payment that is voided from its first version.
  static let nilUUID = "00000000-0000-0000-0000-000000000000"
}
