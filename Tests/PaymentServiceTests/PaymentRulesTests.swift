import Contracts
import Testing

@testable import PaymentService

@Suite("The rules of payments")
struct PaymentRulesTests {
  /// Columns: authorize, capture, void, refund.
  private static let table: [(PaymentStatus, [PaymentRules.Verdict])] = [
    (.requested, [.inProgress, .illegal, .begin, .illegal]),
    (.authorized, [.unchanged, .begin, .begin, .illegal]),
    (.declined, [.unchanged, .illegal, .unchanged, .illegal]),
    (.captured, [.unchanged, .unchanged, .illegal, .begin]),
    (.voided, [.unchanged, .illegal, .unchanged, .illegal]),
    (.refunded, [.unchanged, .illegal, .illegal, .unchanged]),
  ]

  @Test("Each status has a verdict on each operation", arguments: table)
  func settled(_ status: PaymentStatus, _ verdicts: [PaymentRules.Verdict]) {
    #expect(PaymentOperation.allCases.map { PaymentRules.verdict(on: $0, in: status, pending: nil) } == verdicts)
  }

  @Test(
    "A pending operation blocks other operations; only a void replaces one, and only an authorization",
    arguments: [
      (.requested, .authorize, [.inProgress, .busy, .begin, .busy]),
      (.requested, .void, [.inProgress, .busy, .inProgress, .busy]),
      (.authorized, .capture, [.unchanged, .inProgress, .busy, .busy]),
      (.authorized, .void, [.inProgress, .busy, .inProgress, .busy]),
      (.captured, .refund, [.unchanged, .unchanged, .busy, .busy]),
    ] as [(PaymentStatus, PaymentOperation, [PaymentRules.Verdict])])
  func pending(_ status: PaymentStatus, _ pending: PaymentOperation, _ verdicts: [PaymentRules.Verdict]) {
    #expect(PaymentOperation.allCases.map { PaymentRules.verdict(on: $0, in: status, pending: pending) } == verdicts)
  }

  @Test("The guard of the statement allows exactly what the rules allow")
  func guards() {
    let phases = { (operation: PaymentOperation) in
      PaymentRules.phases(allowing: operation).map { "\($0.status.rawValue)/\($0.pending?.rawValue ?? "")" }
    }
    #expect(phases(.authorize) == [])
    #expect(phases(.capture) == ["authorized/"])
    #expect(phases(.void) == ["requested/authorize", "authorized/"])
    #expect(phases(.refund) == ["captured/"])
    #expect(Set(PaymentRules.phases.map(\.status)) == Set(PaymentStatus.allCases))
  }
}
