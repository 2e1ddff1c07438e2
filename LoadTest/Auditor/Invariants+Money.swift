import Contracts
import Postgres

/// 1: for each order what was taken from the card and not given back is its price if it was delivered, and nothing otherwise; the card
/// network agrees, and holds nothing that payment has given up; each transaction of the ledger balances.
func moneyBalances(_ evidence: Evidence) async throws -> Finding {
  var finding = try await evidence.find(UnbalancedTransactions(), in: .payment)
  let payments = try await evidence.payments()
  let authorizations = try await evidence.authorizations()
  for order in try await evidence.orders() {
    let payment = payments[order.paymentId]
    let kept = payment.map { $0.captured - $0.refunded } ?? 0
    let due = order.status == .delivered ? order.total : 0
    finding.check(kept == due, "order \(order.id) is \(order.status), so \(due) won are due; \(kept) were kept")
    let network = authorizations[order.paymentId.description]
    let charged = network.map { $0.captured - $0.refunded } ?? 0
    finding.check(charged == kept, "payment \(order.paymentId) says that \(kept) won were kept, the card network \(charged)")
    let isHeld = network?.status == "approved"
    let mayBeHeld = payment.map { [.authorized, .captured, .refunded].contains($0.status) } ?? false
    finding.check(
      isHeld == mayBeHeld,
      "payment \(order.paymentId) is \(payment.map { "\($0.status)" } ?? "unknown"), at the card network \(network?.status ?? "unknown")"
    )
  }
  let known = Set(payments.keys.map(\.description))
  for authorization in authorizations.values where !known.contains(authorization.reference) {
    finding.check(false, "the card network knows of \(authorization.reference), payment doesn't")
  }
  return finding
}

/// 2: no card was charged twice for one order, and nobody got back more than was taken.
func nobodyPaysTwice(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  var paid: [Identifier: Identifier] = [:]
  for payment in try await evidence.payments().values {
    let other = paid.updateValue(payment.id, forKey: payment.orderId)
    finding.check(other == nil, "order \(payment.orderId) has two payments, \(payment.id) and \(other.map { "\($0)" } ?? "")")
    finding.check(
      payment.captured <= payment.amount && payment.refunded <= payment.captured,
      "payment \(payment.id) of \(payment.amount) won: \(payment.captured) captured, \(payment.refunded) refunded")
  }
  for authorization in try await evidence.authorizations().values {
    let (captured, refunded) = (authorization.capturedByOperations, authorization.refundedByOperations)
    finding.check(
      captured <= authorization.amount && authorization.captured <= authorization.amount,
      "the card of \(authorization.reference) was charged \(max(captured, authorization.captured)) of \(authorization.amount) won"
    )
    finding.check(
      refunded <= authorization.captured && authorization.refunded <= authorization.captured,
      "\(authorization.reference) got back \(max(refunded, authorization.refunded)) of \(authorization.captured) won")
  }
  return finding
}

/// Transactions of the ledger whose debits and credits differ, and payments whose entries don't say what the payment says.
struct UnbalancedTransactions: ViolationQuery {
  static let sql = """
    WITH sums AS (
      SELECT transaction_id, payment_id, count(position) AS entries, coalesce(sum(debit) - sum(credit), 0) AS difference,
        coalesce(sum(credit - debit) FILTER (WHERE account = 'merchant_payable'), 0) AS captured,
        coalesce(sum(debit - credit) FILTER (WHERE account = 'refunds'), 0) AS refunded,
        coalesce(sum(debit - credit) FILTER (WHERE account = 'card_holds'), 0) AS held
      FROM ledger_transactions LEFT JOIN ledger_entries USING (transaction_id)
      GROUP BY transaction_id, payment_id
    ), posted AS (
      SELECT payment_id, sum(captured) AS captured, sum(refunded) AS refunded, sum(held) AS held FROM sums GROUP BY payment_id
    )
    SELECT (SELECT count(*) FROM sums), wrong.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT 'ledger transaction ' || transaction_id || ' has ' || entries || ' entries that differ by ' || difference || ' won' AS name
      FROM sums WHERE entries < 2 OR difference <> 0
      UNION ALL
      SELECT 'payment ' || id || ' is ' || status || ' with ' || payments.captured || ' won captured and ' || payments.refunded
        || ' refunded; the ledger says ' || coalesce(posted.captured, 0) || ' and ' || coalesce(posted.refunded, 0) || ', and '
        || coalesce(posted.held, 0) || ' held'
      FROM payments LEFT JOIN posted ON posted.payment_id = payments.id
      WHERE coalesce(posted.captured, 0) <> payments.captured OR coalesce(posted.refunded, 0) <> payments.refunded
        OR coalesce(posted.held, 0) <> CASE payments.status WHEN 'authorized' THEN payments.amount ELSE 0 END
    ) AS wrong ON true
    """
}
