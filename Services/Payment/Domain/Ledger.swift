import Contracts

/// The accounts of the ledger. Debits increase assets, credits increase liabilities.
enum LedgerAccount: String, CaseIterable, Sendable {
  /// Asset: authorized on customers' cards and not captured.
  case cardHolds = "card_holds"
  /// Liability: the same amounts, owed to the customers.
  case customerHolds = "customer_holds"
  /// Asset: owed by the card network; captured minus refunded.
  case cardNetworkReceivable = "card_network_receivable"
  /// Liability: captured on behalf of the shops.
  case merchantPayable = "merchant_payable"
  /// Contra liability: refunded to customers; debits increase it.
  case refunds
}

/// One entry of a ledger transaction: an account with a debit or a credit in won; the other of the two is 0.
struct Posting: Hashable, Sendable {
  let account: LedgerAccount
  let debit: Int64
  let credit: Int64

  static func debit(_ account: LedgerAccount, _ amount: Int64) -> Posting {
    Posting(account: account, debit: amount, credit: 0)
  }

  static func credit(_ account: LedgerAccount, _ amount: Int64) -> Posting {
    Posting(account: account, debit: 0, credit: amount)
  }
}

/// A money movement that the card network has confirmed: one transaction of the ledger.
struct Movement: Hashable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case authorization, capture, void
    /// The refund after which the payment is `refunded`; at most one per payment.
    case refund
    /// A refund that leaves a refundable amount.
    case partRefund = "part_refund"
  }

  let kind: Kind
  /// In won.
  let amount: Int64

  /// The sum of the debits equals the sum of the credits.
  var postings: [Posting] {
    switch kind {
    case .authorization: [.debit(.cardHolds, amount), .credit(.customerHolds, amount)]
    case .void: [.debit(.customerHolds, amount), .credit(.cardHolds, amount)]
    case .capture:
      [
        .debit(.customerHolds, amount), .credit(.cardHolds, amount),
        .debit(.cardNetworkReceivable, amount), .credit(.merchantPayable, amount),
      ]
    case .refund, .partRefund: [.debit(.refunds, amount), .credit(.cardNetworkReceivable, amount)]
    }
  }
}
