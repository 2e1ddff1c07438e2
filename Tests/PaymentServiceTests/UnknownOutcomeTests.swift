import Contracts
import Telemetry
import TestSupport
import Testing

@Suite("Unknown outcomes")
struct UnknownOutcomeTests {
  typealias Draft = PaymentUnderTest.Draft

  @Test("If the card network charges and then hangs, the response is 202 and the outcome is resolved later")
  func noResponse() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    service.network.inject(.noResponse, for: draft.id)
    let response = try await service.request(draft)
    #expect(response.status == 202)
    let payment = try response.decode(Payment.self)
    #expect(payment.status == .requested)
    #expect(payment.pending == .authorize)
    try await service.waitFor(draft, .authorized)
    #expect(service.network.movements(of: draft.id) == ["authorize 23000"])
    #expect(try await service.ledger(of: draft) == ["authorization 23000"])
    let again = try await service.request(draft)
    #expect(again.status == 201)
    #expect(try again.decode(Payment.self).status == .authorized)
    #expect(try await service.sql("SELECT count(*) FROM pending_operations WHERE payment_id = '\(draft.id)'") == "0")
  }

  @Test("Errors before and after the effect lead to one effect per operation")
  func errors() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    service.network.inject(.errorBefore, .errorAfter, .errorBefore, .errorBefore, .errorBefore, for: draft.id)
    _ = try await service.request(draft)
    try await service.waitFor(draft, .authorized)
    service.network.inject(.errorAfter, .errorAfter, .errorAfter, for: draft.id)
    _ = try await service.capture(draft)
    try await service.waitFor(draft, .captured)
    service.network.inject(.errorBefore, .errorBefore, .errorBefore, .errorAfter, for: draft.id)
    _ = try await service.refund(draft)
    try await service.waitFor(draft, .refunded)
    #expect(service.network.movements(of: draft.id) == ["authorize 23000", "capture 23000", "refund 23000"])
    #expect(Set(service.network.keys(of: draft.id)).count == 3, "a retry has the same key")
    #expect(try await service.ledger(of: draft) == ["authorization 23000", "capture 23000", "refund 23000"])
    #expect(try await service.refund(draft).decode(Payment.self).status == .refunded)
  }

  @Test("A void during the authorization declines an authorization that arrives late")
  func lateSuccess() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    let gate = Gate()
    service.network.inject(.delayedBefore(gate), for: draft.id)
    async let requested = service.request(draft)
    try await eventually("the call") { !service.network.keys(of: draft.id).isEmpty }
    let void = try await service.void(draft)
    #expect(void.status == 200)
    #expect(try void.decode(Payment.self).status == .voided)
    gate.open()
    let late = try await requested
    #expect(late.status == 201)
    #expect(try late.decode(Payment.self).status == .voided)
    #expect(service.network.charged(draft.id) == 0)
    #expect(service.network.movements(of: draft.id) == ["reverse"])
    #expect(try await service.events(of: draft) == ["1 payment.requested", "2 payment.voided"])
    #expect(try await service.ledger(of: draft) == [])
    #expect(try await service.request(draft).text == void.text)
  }

  @Test("The void of an authorization without a response reverses it, even if the response to the reversal is lost")
  func voidAfterNoResponse() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    service.network.inject(.noResponse, for: draft.id)
    async let requested = service.request(draft)
    try await eventually("the charge") { service.network.movements(of: draft.id) == ["authorize 23000"] }
    service.network.inject(.errorAfter, .errorAfter, .errorAfter, for: draft.id)
    let void = try await service.void(draft)
    #expect([200, 202].contains(void.status))
    _ = try await requested
    try await service.waitFor(draft, .voided)
    #expect(service.network.charged(draft.id) == 0)
    #expect(try await service.ledger(of: draft) == [])
    #expect(try await service.sql("SELECT count(*) FROM pending_operations WHERE payment_id = '\(draft.id)'") == "0")
  }

  @Test("The void of an unknown payment creates it as voided, so that a late request charges nothing")
  func voidOfUnknownPayment() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    let void = try await service.void(draft)
    #expect(void.status == 200)
    let payment = try void.decode(Payment.self)
    #expect(payment.status == .voided)
    #expect(payment.amount == Money(amount: 0))
    #expect(payment.version == 1)
    #expect(try await service.events(of: draft) == ["1 payment.voided"])
    let late = try await service.request(draft)
    #expect(late.status == 201)
    #expect(late.text == void.text)
    #expect(try await service.void(draft).text == void.text)
    #expect(service.network.keys(of: draft.id).isEmpty)
    let again = try await service.void(Draft(orderId: draft.orderId), key: "other")
    #expect(again.code == "order_has_payment")
  }

  @Test("After a concurrent request and void, in any order, no amount is held")
  func requestAgainstVoid() async throws {
    let service = try await PaymentUnderTest.shared()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 {
        group.addTask {
          let draft = Draft()
          async let requested = service.request(draft)
          async let voided = service.void(draft)
          _ = try await (requested, voided)
          try await service.waitFor(draft, .voided)
          #expect(service.network.charged(draft.id) == 0)
          let postings = try await service.ledger(of: draft)
          #expect(postings == [] || postings == ["authorization 23000", "void 23000"])
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("A webhook triggers the resolution while the request is still waiting")
  func webhook() async throws {
    // With this deadline only the webhook can have triggered the resolution.
    let service = try await PaymentUnderTest.start(deadline: "60s")
    let draft = Draft()
    let gate = Gate()
    service.network.inject(.delayedAfter(gate), for: draft.id)
    async let requested = service.request(draft)
    try await eventually("the charge") { service.network.movements(of: draft.id) == ["authorize 23000"] }
    #expect(try await service.payment(draft).status == .requested)
    let id = Identifier.v7(at: .now()).description
    #expect(try await service.webhook(draft, id: id).status == 204)
    try await service.waitFor(draft, .authorized)
    #expect(try await service.webhook(draft, id: id).status == 204, "a redelivery is accepted and has no effect")
    gate.open()
    let response = try await requested
    #expect(response.status == 201)
    #expect(try response.decode(Payment.self).status == .authorized)
    #expect(try await service.events(of: draft) == ["1 payment.requested", "2 payment.authorized"])
    try await service.process.stop()
  }

  @Test("A replayed webhook has no effect, and a forged one is rejected")
  func replayedWebhook() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    let id = Identifier.v7(at: .now()).description
    #expect(try await service.webhook(draft, id: id).status == 204)
    let gate = Gate()
    service.network.inject(.delayedBefore(gate), for: draft.id)
    async let captured = service.capture(draft)
    try await eventually("the call") { service.network.keys(of: draft.id).count == 2 }
    #expect(try await service.webhook(draft, id: id).status == 204)
    let due = "SELECT due_at > now() FROM pending_operations WHERE payment_id = '\(draft.id)'"
    #expect(try await service.sql(due) == "t")
    gate.open()
    _ = try await captured
    #expect(try await service.sql("SELECT count(*) FROM provider_webhooks WHERE id = '\(id)'") == "1")

    let body = #"{"id":"forged-\#(id)","reference":"\#(draft.id)"}"#
    let api = service.api.acting(as: nil)
    for (signature, code) in [
      (PaymentUnderTest.signature(body, secret: "guess"), "invalid_signature"),
      (PaymentUnderTest.signature(body, at: Timestamp.now().milliseconds / 1000 - 301), "stale_signature"),
      ("", "invalid_signature"),
    ] {
      let response = try await api.send("POST", "/provider/webhooks", body, headers: ["Provider-Signature": signature])
      #expect(response.status == 401)
      #expect(response.code == code)
    }
    #expect(try await service.sql("SELECT count(*) FROM provider_webhooks WHERE id = 'forged-\(id)'") == "0")
    let broken = try await api.send(
      "POST", "/provider/webhooks", "{", headers: ["Provider-Signature": PaymentUnderTest.signature("{")])
    #expect(broken.code == "invalid_body")
  }

  @Test("A capture that the network rejects leaves the payment unchanged")
  func rejectedCapture() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    service.network.inject(.rejection(409, "limit_exceeded"), for: draft.id)
    let response = try await service.capture(draft)
    #expect(response.status == 409)
    #expect(response.code == "refused_by_network")
    let payment = try await service.payment(draft)
    #expect(payment.status == .authorized)
    #expect(payment.pending == nil)
    #expect(try await service.capture(draft).status == 200, "the key was not used up")
  }

  @Test("The capture of an authorization that the network has voided voids the payment")
  func withdrawn() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    service.network.withdraw(draft.id)
    service.network.inject(.errorBefore, .errorBefore, .errorBefore, for: draft.id)
    let response = try await service.capture(draft)
    #expect(response.status == 202)
    try await service.waitFor(draft, .voided)
    #expect(try await service.capture(draft).code == "illegal_transition")
    #expect(try await service.ledger(of: draft) == ["authorization 23000", "void 23000"])
  }

  @Test("Authentication failures and malformed responses of the card network do not decline a card")
  func unreliableResponses() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    service.network.inject(.rejection(401, "unauthorized"), .rejection(404, "not_found"), .rejection(400, "bad"), for: draft.id)
    #expect(try await service.request(draft).status == 202)
    try await service.waitFor(draft, .authorized)
    #expect(service.network.movements(of: draft.id) == ["authorize 23000"])
  }
}
