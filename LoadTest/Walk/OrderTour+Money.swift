import Contracts
import LoadClient
import NIOHTTP1

/// Where the money of an order went.
extension OrderTour {
  func money(of order: WalkedOrder) async throws {
    narration.chapter("11  Every won is accounted for")
    try await showPayment(of: order)
  }

  /// The payment, and its transactions in the ledger.
  func showPayment(of order: WalkedOrder) async throws {
    let path = "/payments/\(order.order.paymentId)"
    let payment = try await call(.GET, path, at: services.payment, "payment", as: `operator`).decode(Payment.self)
    var text = "\(payment.status.rawValue): \(payment.amount.amount.grouped) won asked"
    text += ", \(payment.captured.amount.grouped) taken, \(payment.refunded.amount.grouped) given back"
    if let reason = payment.declineReason { text += "; the network said \(reason)" }
    narration.note(text)
    let ledger = "/ledger/transactions?paymentId=\(payment.id)"
    let transactions = try await call(.GET, ledger, at: services.payment, "payment", as: `operator`)
    narration.ledger(try transactions.decode(Page<LedgerTransactionView>.self).items)
  }

  /// The accounts of all payments together: debits and credits are equal.
  func books() async throws {
    narration.chapter("19  The books")
    let answer = try await call(.GET, "/ledger/accounts", at: services.payment, "payment", as: `operator`)
    narration.accounts(try answer.decode(Page<LedgerAccountView>.self).items)
  }
}
