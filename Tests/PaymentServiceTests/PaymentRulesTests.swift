import Contracts
import Testing

@testable import PaymentService

@Suite("What commands come to")
struct PaymentRulesTests {
  /// Columns: authorize, capture, void, refund.
  private static let table: [(PaymentStatus, [PaymentRules.Verdict])] = [
    (.requested, [.wait, .illegal, .begin, .illegal]),
    (.authorized, [.asItIs, .begin, .begin, .illegal]),
    (.declined, [.asItIs, .illegal, .asItIs, .illegal]),
    (.captured, [.asItIs, .asItIs, .illegal, .begin]),
    (.voided, [.asItIs, .illegal, .asItIs, .illegal]),
    (.refunded, [.asItIs, .illegal, .illegal, .asItIs]),
  ]

  @Test("Each status has its verdict on each operation", arguments: table)
  func settled(_ status: PaymentStatus, _ verdicts: [PaymentRules.Verdict]) {
    #expect(PaymentOperation.allCases.map { PaymentRules.verdict(on: $0, in: status, pending: nil) } == verdicts)
  }

  @Test(
    "What is pending is waited for, or keeps others away; only a void overtakes, and only an authorization",
    arguments: [
      (.requested, .authorize, [.wait, .busy, .begin, .busy]),
      (.requested, .void, [.wait, .busy, .wait, .busy]),
      (.authorized, .capture, [.asItIs, .wait, .busy, .busy]),
      (.authorized, .void, [.wait, .busy, .wait, .busy]),
      (.captured, .refund, [.asItIs, .asItIs, .busy, .busy]),
    ] as [(PaymentStatus, PaymentOperation, [PaymentRules.Verdict])])
  func pending(_ status: PaymentStatus, _ pending: PaymentOperation, _ verdicts: [PaymentRules.Verdict]) {
    #expect(PaymentOperation.allCases.map { PaymentRules.verdict(on: $0, in: status, pending: pending) } == verdicts)
  }

  @Test("The guard of the database lets begin what the table lets begin, and nothing else")
  func guards() {
    let places = { (operation: PaymentOperation) in
      PaymentRules.beginnings(of: operation).map { "\($0.status.rawValue)/\($0.pending?.rawValue ?? "")" }
    }
    #expect(places(.authorize) == [])
    #expect(places(.capture) == ["authorized/"])
    #expect(places(.void) == ["requested/authorize", "authorized/"])
    #expect(places(.refund) == ["captured/"])
    #expect(Set(PaymentRules.places.map(\.status)) == Set(PaymentStatus.allCases))
  }
}
