import Contracts

/// The accounts of the ledger. Assets grow by debits, liabilities by credits.
enum LedgerAccount: String, CaseIterable, Sendable {
  /// Asset: what customers' cards hold back for us and has not been captured.
  case cardHolds = "card_holds"
  /// Liability: the same amounts, which are still the customers'.
  case customerHolds = "customer_holds"
  /// Asset: what the card network owes us: captured less refunded.
  case cardNetworkReceivable = "card_network_receivable"
  /// Liability: what was captured for the shops.
  case merchantPayable = "merchant_payable"
  /// Contra liability: what of it went back to customers; grows by debits.
  case refunds
}

/// One line of a ledger transaction: an account and what it is debited or credited with, in won; one of the two is 0.
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

/// A movement of money that the card network is known to have made: one transaction of the ledger.
struct Movement: Hashable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case authorization, capture, void
    /// What makes the payment `refunded`; a payment has at most one.
    case refund
    /// A refund after which something is left.
    case partRefund = "part_refund"
  }

  let kind: Kind
  let amount: Int64

  /// Debits and credits of equal sums.
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
