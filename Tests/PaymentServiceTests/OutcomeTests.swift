import Contracts
import Testing

@testable import PaymentService

@Suite("Outcomes of operations and their transitions")
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

  @Test("The outcome is derived from the state at the card network")
  func queriedState() {
    let authorize = Self.operation(.authorize, .requested)
    #expect(
      Authorization.Status.allCases.map { authorize.outcome(from: found($0)) } == [
        .done, .declined("declined"), .withdrawn, .withdrawn,
      ])
    let capture = Self.operation(.capture, .authorized)
    #expect(capture.outcome(from: found(.approved)) == nil)
    #expect(capture.outcome(from: found(.approved, captured: 1000)) == .done)
    #expect(capture.outcome(from: found(.voided)) == .withdrawn)
    let void = Self.operation(.void, .authorized)
    #expect(void.outcome(from: found(.approved)) == nil)
    #expect(void.outcome(from: found(.approved, captured: 1000)) == .refused("captured"))
    #expect(void.outcome(from: found(.reversed)) == .done)
    let refund = Self.operation(.refund, .captured, amount: 300, captured: 1000, refunded: 200)
    #expect(refund.outcome(from: found(.approved, captured: 1000, refunded: 200)) == nil)
    #expect(refund.outcome(from: found(.approved, captured: 1000, refunded: 500)) == .done)
  }

  @Test("An operation has its own idempotency key, the same in each retry")
  func keys() {
    #expect(Self.operation(.capture, .authorized).key == "0197a6b2-0000-7000-8000-0000000000aa-capture-2")
    #expect(Self.operation(.void, .requested).request == .reverse(reference: Self.operation(.void, .requested).paymentId))
    #expect(Self.operation(.void, .authorized).request == .void(authorization: "auth"))
    #expect(!Self.operation(.void, .requested).canBeQueried, "an authorization may still arrive")
  }

  @Test("An operation and its outcome determine status, amounts, movement and event")
  func transitions() {
    func change(_ operation: PendingOperation, _ outcome: Outcome) -> String {
      switch operation.transition(on: outcome) {
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

  @Test("After random operations and outcomes the ledger balances and agrees with the payments")
  func randomOperations() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var balances: [LedgerAccount: Int64] = [:]
      var captured: Int64 = 0
      var refunded: Int64 = 0
      var held: Int64 = 0
      for _ in 0..<20 {
        let payment = Self.randomPayment(&generator) { movement in
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

  /// A payment of 1000 won after random operations and outcomes that the rules allow.
  private static func randomPayment(
    _ generator: inout SystemRandomNumberGenerator, _ moved: (Movement) -> Void
  ) -> (status: PaymentStatus, captured: Int64, refunded: Int64) {
    var payment: (status: PaymentStatus, captured: Int64, refunded: Int64) = (.requested, 0, 0)
    for step in 0..<12 {
      let next: PaymentOperation = step == 0 ? .authorize : PaymentOperation.allCases.randomElement(using: &generator)!
      guard step == 0 || PaymentRules.verdict(on: next, in: payment.status) == .begin else { continue }
      let left = payment.captured - payment.refunded
      let pending = operation(
        next, payment.status, amount: next == .refund ? .random(in: 1...left, using: &generator) : 1000,
        captured: payment.captured, refunded: payment.refunded)
      let outcome = [Outcome.done, .done, .declined("d"), .withdrawn, .refused("r")].randomElement(using: &generator)!
      guard case .change(let change) = pending.transition(on: outcome) else { continue }
      if let movement = change.movement { moved(movement) }
      payment = (change.status, change.captured, change.refunded)
    }
    return payment
  }
}
