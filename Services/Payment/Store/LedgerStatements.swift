import Contracts
import Persistence
import Postgres

/// The accounts with their balances, as JSON: the stored balances plus the entries since.
struct SelectLedgerAccounts: PostgresStatement {
  typealias Row = [UInt8]
  static let isReadOnly = true
  static let sql = """
    WITH since AS (
      SELECT account, sum(debit) AS debit, sum(credit) AS credit
      FROM ledger_entries
      WHERE position > (SELECT min(closed_through) FROM ledger_accounts)
      GROUP BY account
    ), sums AS (
      SELECT ledger_accounts.account, kind, description, closed_debit + coalesce(debit, 0) AS debit,
        closed_credit + coalesce(credit, 0) AS credit
      FROM ledger_accounts LEFT JOIN since USING (account)
    )
    SELECT json_build_object('items', json_agg(json_build_object(
      'account', account, 'kind', kind, 'description', description,
      'debit', \(DocumentSQL.money("debit")), 'credit', \(DocumentSQL.money("credit")),
      'balance', \(DocumentSQL.money("CASE kind WHEN 'liability' THEN credit - debit ELSE debit - credit END"))) ORDER BY account))
    FROM sums
    """
}

/// A payment's ledger transactions with their entries, as JSON, in the order of their versions.
struct SelectTransactions: PostgresStatement {
  typealias Row = [UInt8]
  static let isReadOnly = true
  static let sql = """
    SELECT json_build_object('items', coalesce(json_agg(\(PaymentDocument.transaction("movement")) ORDER BY movement.version), '[]'))
    FROM ledger_transactions AS movement
    WHERE movement.payment_id = $1
    """
  let payment: Identifier

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(payment)
  }
}

/// The highest position of an entry; 0 without entries.
struct SelectLastPosition: PostgresStatement {
  typealias Row = Int64
  static let isReadOnly = true
  static let sql = "SELECT coalesce(max(position), 0) FROM ledger_entries"
}

/// Adds the entries up to a position to the stored balances. Of two concurrent executions, the second finds the accounts changed and has no
/// effect.
struct CloseBalances: PostgresStatement {
  static let sql = """
    WITH before AS (
      SELECT account, closed_through FROM ledger_accounts
    ), sums AS (
      SELECT account, sum(debit) AS debit, sum(credit) AS credit
      FROM ledger_entries
      WHERE position > (SELECT min(closed_through) FROM before) AND position <= $1
      GROUP BY account
    )
    UPDATE ledger_accounts
    SET closed_through = $1,
        closed_debit = closed_debit + coalesce(sums.debit, 0),
        closed_credit = closed_credit + coalesce(sums.credit, 0)
    FROM before LEFT JOIN sums USING (account)
    WHERE ledger_accounts.account = before.account
      AND ledger_accounts.closed_through = before.closed_through AND ledger_accounts.closed_through < $1
    """
  let position: Int64

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(position)
  }
}
