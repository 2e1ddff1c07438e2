import Contracts
import Testing

@testable import PaymentService

@Suite("What outcomes make of a payment")
struct OutcomeTests {
  static func operation(
    _ operation: PaymentOperation, _ status: PaymentStatus, amount: Int64 = 1000, captured: Int64 = 0, refunded: Int64 = 0
  ) -> PendingOperation {
    PendingOperation(
      paymentId: Identifier("0197a6b2-0000-7000-8000-0000000000aa")!, status: status, paymentAmount: 1000, captured: captured,
      refunded: refunded, version: 2, authorization: status == .requested ? nil : "auth", number: 2, operation: operation,
      amount: amount, token: operation == .authorize ? "tok" : nil, attempts: 0, traceparent: nil)
  }

  private func found(_ status: Authorization.Status, captured: Int64 = 0, refunded: Int64 = 0) -> Authorization {
    Authorization(id: "auth", status: status, declineReason: nil, captured: captured, refunded: refunded)
  }

  @Test("The network's state tells what was done, and what was not")
  func seeing() {
    let authorize = Self.operation(.authorize, .requested)
    #expect(
      Authorization.Status.allCases.map { authorize.outcome(seeing: found($0)) } == [
        .done, .declined("declined"), .withdrawn, .withdrawn,
      ])
    let capture = Self.operation(.capture, .authorized)
    #expect(capture.outcome(seeing: found(.approved)) == nil)
    #expect(capture.outcome(seeing: found(.approved, captured: 1000)) == .done)
    #expect(capture.outcome(seeing: found(.voided)) == .withdrawn)
    let void = Self.operation(.void, .authorized)
    #expect(void.outcome(seeing: found(.approved)) == nil)
    #expect(void.outcome(seeing: found(.approved, captured: 1000)) == .refused("captured"))
    #expect(void.outcome(seeing: found(.reversed)) == .done)
    let refund = Self.operation(.refund, .captured, amount: 300, captured: 1000, refunded: 200)
    #expect(refund.outcome(seeing: found(.approved, captured: 1000, refunded: 200)) == nil)
    #expect(refund.outcome(seeing: found(.approved, captured: 1000, refunded: 500)) == .done)
  }

  @Test("An operation is sent with the same key each time, and another one with another")
  func keys() {
    #expect(Self.operation(.capture, .authorized).key == "0197a6b2-0000-7000-8000-0000000000aa-capture-2")
    #expect(Self.operation(.void, .requested).request == .reverse(reference: Self.operation(.void, .requested).paymentId))
    #expect(Self.operation(.void, .authorized).request == .void(authorization: "auth"))
    #expect(!Self.operation(.void, .requested).canBeAskedFor, "what may come yet can't be seen")
  }

  @Test("Statuses, amounts, movements and events follow from operation and outcome")
  func consequences() {
    func change(_ operation: PendingOperation, _ outcome: Outcome) -> String {
      switch operation.consequence(of: outcome) {
      case .refusal(let reason): "refused: \(reason)"
      case .change(let change):
        """
        \(change.status) \(change.captured)-\(change.refunded) \(change.movement.map { "\($0.kind) \($0.amount)" } ?? "–") \
        \(change.event.rawValue)\(change.isAsRequested ? "" : " !")\(change.declineReason.map { " " + $0 } ?? "")
        """
      }
    }
    let authorize = Self.operation(.authorize, .requested)
    #expect(change(authorize, .done) == "authorized 0-0 authorization 1000 payment.authorized")
    #expect(change(authorize, .declined("x")) == "declined 0-0 – payment.declined x")
    #expect(change(authorize, .refused("y")) == "declined 0-0 – payment.declined y")
    #expect(change(authorize, .withdrawn) == "declined 0-0 – payment.declined reversed")
    let capture = Self.operation(.capture, .authorized)
    #expect(change(capture, .done) == "captured 1000-0 capture 1000 payment.captured")
    #expect(change(capture, .withdrawn) == "voided 0-0 void 1000 payment.voided !")
    #expect(change(capture, .refused("z")) == "refused: z")
    #expect(change(Self.operation(.void, .authorized), .done) == "voided 0-0 void 1000 payment.voided")
    #expect(change(Self.operation(.void, .requested), .done) == "voided 0-0 – payment.voided")
    #expect(change(Self.operation(.void, .requested), .declined("x")) == "declined 0-0 – payment.declined x")
    let part = Self.operation(.refund, .captured, amount: 300, captured: 1000, refunded: 200)
    #expect(change(part, .done) == "captured 1000-500 partRefund 300 payment.refunded")
    let rest = Self.operation(.refund, .captured, amount: 800, captured: 1000, refunded: 200)
    #expect(change(rest, .done) == "refunded 1000-1000 refund 800 payment.refunded")
    #expect(change(rest, .refused("n")) == "refused: n")
  }

  @Test("Whatever happens to payments in whatever order, the books balance and agree with the payments")
  func books() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var balances: [LedgerAccount: Int64] = [:]
      var captured: Int64 = 0
      var refunded: Int64 = 0
      var held: Int64 = 0
      for _ in 0..<20 {
        let payment = Self.life(&generator) { movement in
          #expect(movement.postings.reduce(0) { $0 + $1.debit - $1.credit } == 0)
          #expect(movement.postings.count >= 2)
          for posting in movement.postings { balances[posting.account, default: 0] += posting.debit - posting.credit }
        }
        captured += payment.captured
        refunded += payment.refunded
        held += payment.status == .authorized ? 1000 : 0
      }
      #expect(balances.values.reduce(0, +) == 0)
      #expect(balances[.cardNetworkReceivable, default: 0] == captured - refunded)
      #expect(-balances[.merchantPayable, default: 0] - balances[.refunds, default: 0] == captured - refunded)
      #expect(balances[.cardHolds, default: 0] == held)
      #expect(-balances[.customerHolds, default: 0] == held)
    }
  }

  /// A payment of 1000 won with operations and outcomes at random, as far as the table allows them.
  private static func life(
    _ generator: inout SystemRandomNumberGenerator, _ moved: (Movement) -> Void
  ) -> (status: PaymentStatus, captured: Int64, refunded: Int64) {
    var payment: (status: PaymentStatus, captured: Int64, refunded: Int64) = (.requested, 0, 0)
    for step in 0..<12 {
      let wanted: PaymentOperation = step == 0 ? .authorize : PaymentOperation.allCases.randomElement(using: &generator)!
      guard step == 0 || PaymentRules.verdict(on: wanted, in: payment.status) == .begin else { continue }
      let left = payment.captured - payment.refunded
      let pending = operation(
        wanted, payment.status, amount: wanted == .refund ? .random(in: 1...left, using: &generator) : 1000,
        captured: payment.captured, refunded: payment.refunded)
      let outcome = [Outcome.done, .done, .declined("d"), .withdrawn, .refused("r")].randomElement(using: &generator)!
      guard case .change(let change) = pending.consequence(of: outcome) else { continue }
      if let movement = change.movement { moved(movement) }
      payment = (change.status, change.captured, change.refunded)
    }
    return payment
  }
}
