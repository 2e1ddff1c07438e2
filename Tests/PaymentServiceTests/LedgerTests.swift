import Contracts
import Logging
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import PaymentService

@Suite("The ledger in the database")
struct LedgerTests {
  private func refusal(_ statements: String) async throws -> String? {
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

  @Test("A transaction that balances is taken, one that doesn't is refused")
  func balance() async throws {
    let payment = try await PaymentUnderTest.shared().authorized().id
    let wrong: [[(String, Int, Int)]] = [
      [], [("refunds", 5, 0)], [("refunds", 5, 0), ("card_network_receivable", 0, 4)],
      [("refunds", 5, 0), ("card_network_receivable", 5, 0)],
    ]
    for entries in wrong {
      let refusal = try await refusal(transaction(of: payment, entries: entries))
      #expect(refusal?.contains("its debits exceed its credits") == true, "\(entries)")
    }
    let unknown = try await refusal(transaction(of: payment, entries: [("petty_cash", 5, 0), ("refunds", 0, 5)]))
    #expect(unknown?.contains("invalid input value for enum") == true)
    let right = transaction(of: payment, entries: [("refunds", 5, 0), ("card_network_receivable", 0, 5)])
    #expect(try await refusal(right + "; ROLLBACK; BEGIN") == nil)
  }

  @Test("An entry that is added later has to balance too")
  func additions() async throws {
    let under = try await PaymentUnderTest.shared()
    let payment = try await under.authorized().id
    let refusal = try await refusal(
      """
      INSERT INTO ledger_entries (transaction_id, account, debit, credit)
      SELECT transaction_id, 'refunds', 1, 0 FROM ledger_transactions WHERE payment_id = '\(payment)'
      """)
    #expect(refusal?.contains("has 3 entries") == true)
  }

  @Test(
    "What is written stays as it was written",
    arguments: [
      "UPDATE ledger_entries SET debit = debit + 1", "DELETE FROM ledger_entries", "TRUNCATE ledger_entries CASCADE",
      "UPDATE ledger_transactions SET amount = 1", "DELETE FROM ledger_transactions", "TRUNCATE ledger_transactions CASCADE",
    ])
  func appendOnly(_ statement: String) async throws {
    _ = try await PaymentUnderTest.shared().authorized()
    #expect(try await refusal(statement)?.contains("append-only") == true)
  }

  @Test("A payment has at most one capture and one full refund, and never more refunded than captured")
  func once() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.captured()
    let again = transaction(
      of: wanted.id, kind: "capture", entries: [("merchant_payable", 0, 5), ("card_network_receivable", 5, 0)])
    #expect(try await refusal(again)?.contains("ledger_transactions_once") == true)
    let tooMuch = "UPDATE payments SET refunded = captured + 1 WHERE id = '\(wanted.id)'"
    #expect(try await refusal(tooMuch)?.contains("check") == true)
    let twice = "UPDATE payments SET captured = amount * 2 WHERE id = '\(wanted.id)'"
    #expect(try await refusal(twice)?.contains("check") == true)
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

  @Test("Balances are the same before and after they are closed, and go on from there")
  func closing() async throws {
    // A server of its own: nobody else moves money meanwhile.
    let under = try await PaymentUnderTest.start()
    for amount in [1000, 2000, 3000] as [Int64] {
      _ = try await under.captured(.init(amount: amount))
    }
    _ = try await under.authorized(.init(amount: 500))
    func accounts() async throws -> [String: Int64] {
      let answer = try await under.api.get("/ledger/accounts").decode(Accounts.self)
      return Dictionary(uniqueKeysWithValues: answer.items.map { ($0.account, $0.balance.amount) })
    }
    var expected: [String: Int64] = [
      "card_holds": 500, "customer_holds": 500, "card_network_receivable": 6000, "merchant_payable": 6000, "refunds": 0,
    ]
    #expect(try await accounts() == expected)
    let client = PostgresClient(configuration: under.postgres.configuration(database: "payment"), logger: Logger(label: "tests"))
    let closing = LedgerBalanceSnapshot(postgres: client, logger: Logger(label: "tests"))
    let seen = try await closing.close(through: 0)
    #expect(seen > 0)
    _ = try await closing.close(through: seen)
    _ = try await closing.close(through: seen)
    #expect(try await under.sql("SELECT DISTINCT closed_through FROM ledger_accounts") == "\(seen)")
    #expect(try await accounts() == expected)
    let last = try await under.captured(.init(amount: 700))
    _ = try await under.refund(last, 200)
    expected["card_network_receivable"] = 6500
    expected["merchant_payable"] = 6700
    expected["refunds"] = 200
    #expect(try await accounts() == expected)
    try await under.process.stop()
  }

  @Test("A payment's transactions are shown with their entries, in order")
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
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.captured()
    let answer = try await under.api.get("/ledger/transactions?paymentId=\(wanted.id)").decode(Transactions.self)
    #expect(answer.items.map(\.kind) == ["authorization", "capture"])
    #expect(answer.items.map(\.version) == [2, 3])
    #expect(answer.items.map(\.entries.count) == [2, 4])
    #expect(answer.items[1].entries.map(\.account) == Movement(kind: .capture, amount: 1).postings.map(\.account.rawValue))
    let none = try await under.api.get("/ledger/transactions?paymentId=\(Identifier.v7(at: .now()))").decode(Transactions.self)
    #expect(none.items.isEmpty)
  }
}
