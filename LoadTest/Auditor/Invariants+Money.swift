import Contracts
import Postgres

/// 1: for each order what was taken from the card and not given back is its price if it was delivered, and nothing otherwise; the card
/// network agrees; each transaction of the ledger balances.
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
    finding.check(
      authorization.captures <= 1 && authorization.captured <= authorization.amount,
      "the card of \(authorization.reference) was charged \(authorization.captures) times, in all \(authorization.captured) won")
    finding.check(
      authorization.refunds <= 1 && authorization.refunded <= authorization.captured,
      "\(authorization.reference) was refunded \(authorization.refunds) times, in all \(authorization.refunded) won")
  }
  return finding
}

/// Transactions of the ledger whose entries don't add up to nothing, and payments whose entries don't say what the payment says.
struct UnbalancedTransactions: OffenderQuery {
  static let sql = """
    SELECT (SELECT count(*) FROM ledger_transactions), wrong.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT 'the entries of transaction ' || id || ' add up to ' || coalesce(sum(amount), 0) || ' won, not 0' AS name
      FROM ledger_transactions AS transactions LEFT JOIN ledger_entries AS entries ON entries.transaction_id = transactions.id
      GROUP BY id
      HAVING coalesce(sum(amount), 1) <> 0
    ) AS wrong ON true
    """
}
