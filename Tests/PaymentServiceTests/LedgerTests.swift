import Contracts
import Logging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import PaymentService

@Suite("The ledger in the database")
struct LedgerTests {
  private func rejection(_ statements: String) async throws -> String? {
    do {
      _ = try await PaymentUnderTest.shared().sql("BEGIN; \(statements); COMMIT")
      return nil
    } catch let failure as ServerFailure {
      return failure.output
    }
  }

  private func transaction(of payment: Identifier, kind: String = "part_refund", entries: [(String, Int, Int)]) -> String {
    let id = Identifier.v7(at: .now())
    let lines = entries.map { "('\(id)', '\($0.0)', \($0.1), \($0.2))" }.joined(separator: ", ")
    let movement =
      "INSERT INTO ledger_transactions (transaction_id, payment_id, version, kind, amount) VALUES ('\(id)', '\(payment)', 99, '\(kind)', 5)"
    if entries.isEmpty { return movement }
    return """
      WITH movement AS (\(movement))
      INSERT INTO ledger_entries (transaction_id, account, debit, credit) VALUES \(lines)
      """
  }

  @Test("A balanced transaction is accepted, an unbalanced one is rejected")
  func balance() async throws {
    let payment = try await PaymentUnderTest.shared().authorized().id
    let unbalanced: [[(String, Int, Int)]] = [
      [], [("refunds", 5, 0)], [("refunds", 5, 0), ("card_network_receivable", 0, 4)],
      [("refunds", 5, 0), ("card_network_receivable", 5, 0)],
    ]
    for entries in unbalanced {
      let rejection = try await rejection(transaction(of: payment, entries: entries))
      #expect(rejection?.contains("its debits exceed its credits") == true, "\(entries)")
    }
    let unknown = try await rejection(transaction(of: payment, entries: [("petty_cash", 5, 0), ("refunds", 0, 5)]))
    #expect(unknown?.contains("invalid input value for enum") == true)
    let balanced = transaction(of: payment, entries: [("refunds", 5, 0), ("card_network_receivable", 0, 5)])
    #expect(try await rejection(balanced + "; ROLLBACK; BEGIN") == nil)
  }

  @Test("An entry that is added later must not unbalance its transaction")
  func additions() async throws {
    let service = try await PaymentUnderTest.shared()
    let payment = try await service.authorized().id
    let rejection = try await rejection(
      """
      INSERT INTO ledger_entries (transaction_id, account, debit, credit)
      SELECT transaction_id, 'refunds', 1, 0 FROM ledger_transactions WHERE payment_id = '\(payment)'
      """)
    #expect(rejection?.contains("has 3 entries") == true)
  }

  @Test(
    "Ledger entries and transactions are immutable",
    arguments: [
      "UPDATE ledger_entries SET debit = debit + 1", "DELETE FROM ledger_entries", "TRUNCATE ledger_entries CASCADE",
      "UPDATE ledger_transactions SET amount = 1", "DELETE FROM ledger_transactions", "TRUNCATE ledger_transactions CASCADE",
    ])
  func appendOnly(_ statement: String) async throws {
    _ = try await PaymentUnderTest.shared().authorized()
    #expect(try await rejection(statement)?.contains("append-only") == true)
  }

  @Test("A payment has at most one capture and one full refund, and refunds do not exceed the captured amount")
  func limits() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.captured()
    let secondCapture = transaction(
      of: draft.id, kind: "capture", entries: [("merchant_payable", 0, 5), ("card_network_receivable", 5, 0)])
    #expect(try await rejection(secondCapture)?.contains("ledger_transactions_once") == true)
    let excessiveRefund = "UPDATE payments SET refunded = captured + 1 WHERE id = '\(draft.id)'"
    #expect(try await rejection(excessiveRefund)?.contains("check") == true)
    let excessiveCapture = "UPDATE payments SET captured = amount * 2 WHERE id = '\(draft.id)'"
    #expect(try await rejection(excessiveCapture)?.contains("check") == true)
  }

  private struct Accounts: Decodable {
    struct Account: Decodable, Hashable {
      let account: String
      let kind: String
      let debit: Money
      let credit: Money
      let balance: Money
    }
    let items: [Account]
  }

  @Test("Balances are the same before and after a snapshot, and include later entries")
  func balanceSnapshot() async throws {
    // A service of its own, so that no other test moves money concurrently.
    let service = try await PaymentUnderTest.start()
    for amount in [1000, 2000, 3000] as [Int64] {
      _ = try await service.captured(.init(amount: amount))
    }
    _ = try await service.authorized(.init(amount: 500))
    func accounts() async throws -> [String: Int64] {
      let response = try await service.api.get("/ledger/accounts").decode(Accounts.self)
      return Dictionary(uniqueKeysWithValues: response.items.map { ($0.account, $0.balance.amount) })
    }
    var expected: [String: Int64] = [
      "card_holds": 500, "customer_holds": 500, "card_network_receivable": 6000, "merchant_payable": 6000, "refunds": 0,
    ]
    #expect(try await accounts() == expected)
    let client = PostgresClient(
      configuration: service.postgres.configuration(database: service.database), logger: Logger(label: "tests"))
    let snapshot = LedgerBalanceSnapshot(postgres: client, logger: Logger(label: "tests"))
    let position = try await snapshot.close(through: 0)
    #expect(position > 0)
    _ = try await snapshot.close(through: position)
    _ = try await snapshot.close(through: position)
    #expect(try await service.sql("SELECT DISTINCT closed_through FROM ledger_accounts") == "\(position)")
    #expect(try await accounts() == expected)
    let last = try await service.captured(.init(amount: 700))
    _ = try await service.refund(last, 200)
    expected["card_network_receivable"] = 6500
    expected["merchant_payable"] = 6700
    expected["refunds"] = 200
    #expect(try await accounts() == expected)
    try await service.process.stop()
  }

  @Test("The transactions of a payment are listed in order, with their entries")
  func transactions() async throws {
    struct Transactions: Decodable {
      struct Transaction: Decodable {
        struct Entry: Decodable {
          let account: String
          let debit: Money
          let credit: Money
        }
        let id: Identifier
        let paymentId: Identifier
        let version: Int64
        let kind: String
        let amount: Money
        let at: Timestamp
        let entries: [Entry]
      }
      let items: [Transaction]
    }
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.captured()
    let response = try await service.api.get("/ledger/transactions?paymentId=\(draft.id)").decode(Transactions.self)
    #expect(response.items.map(\.kind) == ["authorization", "capture"])
    #expect(response.items.map(\.version) == [2, 3])
    #expect(response.items.map(\.entries.count) == [2, 4])
    #expect(response.items[1].entries.map(\.account) == Movement(kind: .capture, amount: 1).postings.map(\.account.rawValue))
    let none = try await service.api.get("/ledger/transactions?paymentId=\(Identifier.v7(at: .now()))").decode(Transactions.self)
    #expect(none.items.isEmpty)
  }
}
