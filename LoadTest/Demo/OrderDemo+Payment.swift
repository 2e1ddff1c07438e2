import Contracts
import LoadClient
import NIOHTTP1

/// The payment and ledger steps of the demo.
extension OrderDemo {
  func showSettlement(of order: DemoOrder) async throws {
    output.chapter("11  The payment's ledger transactions balance")
    try await showPayment(of: order)
  }

  /// Prints the payment and its ledger transactions.
  func showPayment(of order: DemoOrder) async throws {
    let path = "/payments/\(order.order.paymentId)"
    let payment = try await call(.GET, path, at: services.payment, "payment", as: `operator`).decode(Payment.self)
    var text = "\(payment.status.rawValue): \(payment.amount.amount.grouped) won requested"
    text += ", \(payment.captured.amount.grouped) captured, \(payment.refunded.amount.grouped) refunded"
    if let reason = payment.declineReason { text += "; declined with \(reason)" }
    output.note(text)
    let ledger = "/ledger/transactions?paymentId=\(payment.id)"
    let transactions = try await call(.GET, ledger, at: services.payment, "payment", as: `operator`)
    output.ledger(try transactions.decode(Page<LedgerTransactionView>.self).items)
  }

  /// Prints the ledger accounts of all payments; debits and credits are equal.
  func showLedgerAccounts() async throws {
    output.chapter("19  The ledger accounts")
    let response = try await call(.GET, "/ledger/accounts", at: services.payment, "payment", as: `operator`)
    output.accounts(try response.decode(Page<LedgerAccountView>.self).items)
  }
}
