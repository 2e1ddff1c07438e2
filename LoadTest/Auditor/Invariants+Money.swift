import Contracts
import Postgres

/// 1: for each order the captured minus the refunded amount is its total if it is delivered, otherwise zero; the card network's record
/// agrees and has no stale hold; each ledger transaction balances.
func moneyBalances(_ context: AuditContext) async throws -> Finding {
  var finding = try await context.findViolations(UnbalancedTransactions(), in: .payment)
  let payments = try await context.payments()
  let authorizations = try await context.authorizations()
  for order in try await context.orders() {
    let payment = payments[order.paymentId]
    let charged = payment.map { $0.captured - $0.refunded } ?? 0
    let expected = order.status == .delivered ? order.total : 0
    finding.check(
      charged == expected, "order \(order.id) is \(order.status), so \(expected) won are expected; \(charged) were charged")
    let network = authorizations[order.paymentId.description]
    let networkCharged = network.map { $0.captured - $0.refunded } ?? 0
    finding.check(
      networkCharged == charged, "payment \(order.paymentId) has \(charged) won charged, the card network \(networkCharged)")
    let isHeld = network?.status == "approved"
    let mayBeHeld = payment.map { [.authorized, .captured, .refunded].contains($0.status) } ?? false
    finding.check(
      isHeld == mayBeHeld,
      "payment \(order.paymentId) is \(payment.map { "\($0.status)" } ?? "unknown"), at the card network \(network?.status ?? "unknown")"
    )
  }
  let known = Set(payments.keys.map(\.description))
  for authorization in authorizations.values where !known.contains(authorization.reference) {
    finding.check(false, "the card network has an authorization of \(authorization.reference), which payment does not know")
  }
  return finding
}

/// 2: no card was charged twice for one order, and no refund exceeds the captured amount.
func cardsAreChargedOnce(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  var paid: [Identifier: Identifier] = [:]
  for payment in try await context.payments().values {
    let other = paid.updateValue(payment.id, forKey: payment.orderId)
    finding.check(other == nil, "order \(payment.orderId) has two payments, \(payment.id) and \(other.map { "\($0)" } ?? "")")
    finding.check(
      payment.captured <= payment.amount && payment.refunded <= payment.captured,
      "payment \(payment.id) of \(payment.amount) won: \(payment.captured) captured, \(payment.refunded) refunded")
  }
  for authorization in try await context.authorizations().values {
    let (captured, refunded) = (authorization.capturedByOperations, authorization.refundedByOperations)
    finding.check(
      captured <= authorization.amount && authorization.captured <= authorization.amount,
      "the card of \(authorization.reference) was charged \(max(captured, authorization.captured)) of \(authorization.amount) won"
    )
    finding.check(
      refunded <= authorization.captured && authorization.refunded <= authorization.captured,
      "\(authorization.reference) was refunded \(max(refunded, authorization.refunded)) of \(authorization.captured) won")
  }
  return finding
}

/// Ledger transactions whose debits and credits differ, and payments whose ledger entries do not match the payment.
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
