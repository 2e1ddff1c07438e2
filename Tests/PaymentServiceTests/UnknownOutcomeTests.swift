import Contracts
import Telemetry
import TestSupport
import Testing

@Suite("Outcomes that are not known at once")
struct UnknownOutcomeTests {
  typealias Wanted = PaymentUnderTest.Wanted

  @Test("A network that charges and then hangs: 202, and the authorization is found out")
  func silence() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    under.network.plan(.silence, for: wanted.id)
    let answer = try await under.request(wanted)
    #expect(answer.status == 202)
    let payment = try answer.decode(Payment.self)
    #expect(payment.status == .requested)
    #expect(payment.pending == .authorize)
    try await under.settles(wanted, .authorized)
    #expect(under.network.movements(of: wanted.id) == ["authorize 23000"])
    #expect(try await under.ledger(of: wanted) == ["authorization 23000"])
    let again = try await under.request(wanted)
    #expect(again.status == 201)
    #expect(try again.decode(Payment.self).status == .authorized)
    #expect(try await under.sql("SELECT count(*) FROM pending_operations WHERE payment_id = '\(wanted.id)'") == "0")
  }

  @Test("Errors before and after the effect, for each operation, come to one effect each")
  func errors() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    under.network.plan(.errorBefore, .errorAfter, .errorBefore, .errorBefore, .errorBefore, for: wanted.id)
    _ = try await under.request(wanted)
    try await under.settles(wanted, .authorized)
    under.network.plan(.errorAfter, .errorAfter, .errorAfter, for: wanted.id)
    _ = try await under.capture(wanted)
    try await under.settles(wanted, .captured)
    under.network.plan(.errorBefore, .errorBefore, .errorBefore, .errorAfter, for: wanted.id)
    _ = try await under.refund(wanted)
    try await under.settles(wanted, .refunded)
    #expect(under.network.movements(of: wanted.id) == ["authorize 23000", "capture 23000", "refund 23000"])
    #expect(Set(under.network.keys(of: wanted.id)).count == 3, "an operation keeps its key")
    #expect(try await under.ledger(of: wanted) == ["authorization 23000", "capture 23000", "refund 23000"])
    #expect(try await under.refund(wanted).decode(Payment.self).status == .refunded)
  }

  @Test("Void while the authorization is under way: what comes late is declined, and nothing is held")
  func lateSuccess() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    let gate = Gate()
    under.network.plan(.late(gate), for: wanted.id)
    async let requested = under.request(wanted)
    try await eventually("the call") { !under.network.keys(of: wanted.id).isEmpty }
    let void = try await under.void(wanted)
    #expect(void.status == 200)
    #expect(try void.decode(Payment.self).status == .voided)
    gate.open()
    let late = try await requested
    #expect(late.status == 201)
    #expect(try late.decode(Payment.self).status == .voided)
    #expect(under.network.charged(wanted.id) == 0)
    #expect(under.network.movements(of: wanted.id) == ["reverse"])
    #expect(try await under.events(of: wanted) == ["1 payment.requested", "2 payment.voided"])
    #expect(try await under.ledger(of: wanted) == [])
    #expect(try await under.request(wanted).text == void.text)
  }

  @Test("Void of an authorization that was charged in silence is reversed, even if the reversal's answer is lost")
  func voidAfterSilence() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    under.network.plan(.silence, for: wanted.id)
    async let requested = under.request(wanted)
    try await eventually("the charge") { under.network.movements(of: wanted.id) == ["authorize 23000"] }
    under.network.plan(.errorAfter, .errorAfter, .errorAfter, for: wanted.id)
    let void = try await under.void(wanted)
    #expect([200, 202].contains(void.status))
    _ = try await requested
    try await under.settles(wanted, .voided)
    #expect(under.network.charged(wanted.id) == 0)
    #expect(try await under.ledger(of: wanted) == [])
    #expect(try await under.sql("SELECT count(*) FROM pending_operations WHERE payment_id = '\(wanted.id)'") == "0")
  }

  @Test("Void of a payment that nobody knows: it is voided from the start, and a late request charges nobody")
  func voidedFromTheStart() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    let void = try await under.void(wanted)
    #expect(void.status == 200)
    let payment = try void.decode(Payment.self)
    #expect(payment.status == .voided)
    #expect(payment.amount == Money(amount: 0))
    #expect(payment.version == 1)
    #expect(try await under.events(of: wanted) == ["1 payment.voided"])
    let late = try await under.request(wanted)
    #expect(late.status == 201)
    #expect(late.text == void.text)
    #expect(try await under.void(wanted).text == void.text)
    #expect(under.network.keys(of: wanted.id).isEmpty)
    let again = try await under.void(Wanted(orderId: wanted.orderId), key: "other")
    #expect(again.code == "order_has_payment")
  }

  @Test("Request and void at once, in whatever order: nothing is held at the end")
  func requestAgainstVoid() async throws {
    let under = try await PaymentUnderTest.shared()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 {
        group.addTask {
          let wanted = Wanted()
          async let requested = under.request(wanted)
          async let voided = under.void(wanted)
          _ = try await (requested, voided)
          try await under.settles(wanted, .voided)
          #expect(under.network.charged(wanted.id) == 0)
          let postings = try await under.ledger(of: wanted)
          #expect(postings == [] || postings == ["authorization 23000", "void 23000"])
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("A webhook has the outcome found out while the request still waits")
  func webhook() async throws {
    // So patient that nothing but the webhook can have had it found out.
    let under = try await PaymentUnderTest.start(deadline: "60s")
    let wanted = Wanted()
    let gate = Gate()
    under.network.plan(.held(gate), for: wanted.id)
    async let requested = under.request(wanted)
    try await eventually("the charge") { under.network.movements(of: wanted.id) == ["authorize 23000"] }
    #expect(try await under.payment(wanted).status == .requested)
    let id = Identifier.v7(at: .now()).description
    #expect(try await under.webhook(wanted, id: id).status == 204)
    try await under.settles(wanted, .authorized)
    #expect(try await under.webhook(wanted, id: id).status == 204, "a repetition is heard again and changes nothing")
    gate.open()
    let answer = try await requested
    #expect(answer.status == 201)
    #expect(try answer.decode(Payment.self).status == .authorized)
    #expect(try await under.events(of: wanted) == ["1 payment.requested", "2 payment.authorized"])
    try await under.process.stop()
  }

  @Test("A webhook is heard once: played again it has nothing asked, forged it has nothing heard")
  func replayedWebhook() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    let id = Identifier.v7(at: .now()).description
    #expect(try await under.webhook(wanted, id: id).status == 204)
    let gate = Gate()
    under.network.plan(.late(gate), for: wanted.id)
    async let captured = under.capture(wanted)
    try await eventually("the call") { under.network.keys(of: wanted.id).count == 2 }
    #expect(try await under.webhook(wanted, id: id).status == 204)
    let due = "SELECT due_at > now() FROM pending_operations WHERE payment_id = '\(wanted.id)'"
    #expect(try await under.sql(due) == "t")
    gate.open()
    _ = try await captured
    #expect(try await under.sql("SELECT count(*) FROM provider_webhooks WHERE id = '\(id)'") == "1")

    let body = #"{"id":"forged-\#(id)","reference":"\#(wanted.id)"}"#
    let api = under.api.acting(as: nil)
    for (signature, code) in [
      (PaymentUnderTest.signature(body, secret: "guess"), "invalid_signature"),
      (PaymentUnderTest.signature(body, at: Timestamp.now().milliseconds / 1000 - 301), "stale_signature"),
      ("", "invalid_signature"),
    ] {
      let answer = try await api.send("POST", "/provider/webhooks", body, headers: ["Provider-Signature": signature])
      #expect(answer.status == 401)
      #expect(answer.code == code)
    }
    #expect(try await under.sql("SELECT count(*) FROM provider_webhooks WHERE id = 'forged-\(id)'") == "0")
    let broken = try await api.send(
      "POST", "/provider/webhooks", "{", headers: ["Provider-Signature": PaymentUnderTest.signature("{")])
    #expect(broken.code == "invalid_body")
  }

  @Test("A capture that the network refuses is refused, and the payment stays as it was")
  func refusedCapture() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    under.network.plan(.refusal(409, "limit_exceeded"), for: wanted.id)
    let answer = try await under.capture(wanted)
    #expect(answer.status == 409)
    #expect(answer.code == "refused_by_network")
    let payment = try await under.payment(wanted)
    #expect(payment.status == .authorized)
    #expect(payment.pending == nil)
    #expect(try await under.capture(wanted).status == 200, "the key was not used up")
  }

  @Test("A capture of what the network has voided meanwhile voids the payment, and says so")
  func withdrawn() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    under.network.withdraw(wanted.id)
    under.network.plan(.errorBefore, .errorBefore, .errorBefore, for: wanted.id)
    let answer = try await under.capture(wanted)
    #expect(answer.status == 202)
    try await under.settles(wanted, .voided)
    #expect(try await under.capture(wanted).code == "illegal_transition")
    #expect(try await under.ledger(of: wanted) == ["authorization 23000", "void 23000"])
  }

  @Test("A network that knows us not, or answers nonsense, declines nobody's card")
  func wrongAnswers() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    under.network.plan(.refusal(401, "unauthorized"), .refusal(404, "not_found"), .refusal(400, "bad"), for: wanted.id)
    #expect(try await under.request(wanted).status == 202)
    try await under.settles(wanted, .authorized)
    #expect(under.network.movements(of: wanted.id) == ["authorize 23000"])
  }
}
