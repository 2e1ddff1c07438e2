import Contracts
import Telemetry
import TestSupport
import Testing

@Suite("The REST API of payment")
struct PaymentRoutesTests {
  typealias Draft = PaymentUnderTest.Draft

  @Test("Authorization, capture and refund each create a version, an event and a ledger transaction")
  func fullSequence() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    let authorized = try await service.request(draft)
    #expect(authorized.status == 201)
    #expect(authorized.header("ETag") == #""v2""#)
    #expect(authorized.header("Location") == "/payments/\(draft.id)")
    let payment = try authorized.decode(Payment.self)
    #expect(payment.status == .authorized)
    #expect(payment.amount == Money(amount: 23_000))
    #expect(payment.customerId == PaymentUnderTest.customer)
    #expect(payment.pending == nil)
    let captured = try await service.capture(draft)
    #expect(captured.status == 200)
    #expect(try captured.decode(Payment.self).captured == payment.amount)
    let part = try await service.refund(draft, 3000, key: "part").decode(Payment.self)
    #expect(part.status == .captured)
    #expect(part.refunded == Money(amount: 3000))
    let rest = try await service.refund(draft).decode(Payment.self)
    #expect(rest.status == .refunded)
    #expect(rest.refunded == payment.amount)
    #expect(rest.timeline.map(\.status) == [.requested, .authorized, .captured, .captured, .refunded])
    #expect(rest.timeline.map(\.version) == [1, 2, 3, 4, 5])
    #expect(rest.timeline.last?.at == rest.updatedAt)
    #expect(rest.timeline.first?.at == rest.createdAt)
    #expect(
      try await service.events(of: draft) == [
        "1 payment.requested", "2 payment.authorized", "3 payment.captured", "4 payment.refunded", "5 payment.refunded",
      ])
    #expect(
      try await service.ledger(of: draft) == ["authorization 23000", "capture 23000", "part_refund 3000", "refund 20000"])
    #expect(
      service.network.movements(of: draft.id) == ["authorize 23000", "capture 23000", "refund 3000", "refund 20000"])
    #expect(service.network.charged(draft.id) == 0)
  }

  @Test("A declined card is a result with its reason, and moves no money", arguments: ["tok_declined", "tok_unreadable"])
  func declined(_ token: String) async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft(token: token)
    let response = try await service.request(draft)
    #expect(response.status == 201)
    #expect(try response.decode(Payment.self).status == .declined)
    #expect(try response.decode(Payment.self).declineReason == (token == "tok_declined" ? "declined" : "invalid_body"))
    #expect(try await service.ledger(of: draft) == [])
    let void = try await service.void(draft)
    #expect(void.status == 200)
    #expect(try void.decode(Payment.self).status == .declined)
    #expect(try await service.capture(draft).code == "illegal_transition")
  }

  @Test("A void releases the authorized amount, and can be retried")
  func voids() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    let first = try await service.void(draft)
    #expect(first.status == 200)
    #expect(try first.decode(Payment.self).status == .voided)
    #expect(try await service.void(draft, key: "another").text == first.text)
    #expect(try await service.void(draft).text == first.text)
    #expect(service.network.movements(of: draft.id) == ["authorize 23000", "void"])
    #expect(try await service.ledger(of: draft) == ["authorization 23000", "void 23000"])
    #expect(try await service.capture(draft).code == "illegal_transition")
    #expect(try await service.refund(draft).code == "illegal_transition")
  }

  @Test("A retry gets the first response; the same key with another body is rejected")
  func replays() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    let first = try await service.request(draft)
    let capture = try await service.capture(draft)
    let part = try await service.refund(draft, 1000)
    for (response, original) in [
      (try await service.request(draft), first), (try await service.capture(draft), capture),
      (try await service.refund(draft, 1000), part),
    ] {
      #expect(response.status == original.status)
      #expect(response.text == original.text)
      #expect(response.header("ETag") == original.header("ETag"))
      #expect(response.header("Idempotency-Replayed") == "true")
    }
    #expect(try await service.refund(draft, 2000).code == "idempotency_key_reused")
    #expect(service.network.movements(of: draft.id) == ["authorize 23000", "capture 23000", "refund 1000"])
    let without = try await service.api.send("POST", "/payments/\(draft.id)/refund", "{}")
    #expect(without.code == "idempotency_key_required")
  }

  @Test("32 concurrent identical requests have one effect")
  func concurrentRequests() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = Draft()
    func all(_ send: @escaping @Sendable () async throws -> RESTAnswer) async throws -> [RESTAnswer] {
      try await withThrowingTaskGroup(of: RESTAnswer.self) { group in
        for _ in 0..<32 { group.addTask(operation: send) }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    for responses in [
      try await all { try await service.request(draft) }, try await all { try await service.capture(draft) },
      try await all { try await service.refund(draft, 1000) },
    ] {
      let done = responses.filter { $0.status != 409 }
      #expect(Set(done.map(\.text)).count == 1)
      #expect(done.count { $0.header("Idempotency-Replayed") == nil } == 1)
      for waiting in responses where waiting.status == 409 {
        #expect(waiting.code == "request_in_flight")
        #expect(waiting.header("Retry-After") == "1")
      }
    }
    #expect(service.network.movements(of: draft.id) == ["authorize 23000", "capture 23000", "refund 1000"])
    #expect(try await service.ledger(of: draft) == ["authorization 23000", "capture 23000", "part_refund 1000"])
  }

  @Test("Of a concurrent capture and void one succeeds, and the ledger agrees")
  func race() async throws {
    let service = try await PaymentUnderTest.shared()
    for _ in 0..<8 {
      let draft = try await service.authorized()
      async let captured = service.capture(draft)
      async let voided = service.void(draft)
      let statuses = [try await captured.status, try await voided.status]
      #expect(statuses.filter { $0 == 200 }.count == 1)
      #expect(statuses.filter { $0 == 409 }.count == 1)
      #expect(
        try await service.ledger(of: draft) == ["authorization 23000", statuses[0] == 200 ? "capture 23000" : "void 23000"])
    }
  }

  @Test("An order has one payment, and a payment has one order")
  func onePayment() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    #expect(try await service.request(Draft(orderId: draft.orderId), key: "k1-\(draft.id)").code == "order_has_payment")
    #expect(try await service.request(Draft(id: draft.id), key: "k2-\(draft.id)").code == "payment_exists")
    var largerAmount = draft
    largerAmount.amount += 1
    #expect(try await service.request(largerAmount, key: "k3-\(draft.id)").code == "payment_exists")
    let again = try await service.request(draft, key: "k4-\(draft.id)")
    #expect(again.status == 201)
    #expect(service.network.movements(of: draft.id) == ["authorize 23000"])
    var other = draft
    other.orderId = .v7(at: .now())
    #expect(try await service.void(other).code == "payment_exists")
  }

  @Test("A rejected command has a specific problem code")
  func rejections() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    #expect(try await service.refund(draft).code == "illegal_transition")
    _ = try await service.capture(draft)
    #expect(try await service.void(draft).code == "illegal_transition")
    #expect(try await service.refund(draft, 23_001).code == "refund_too_large")
    _ = try await service.refund(draft, 20_000, key: "most")
    #expect(try await service.refund(draft, 3001, key: "more").code == "refund_too_large")
    #expect(try await service.refund(draft, 3000, key: "rest").status == 200)
    #expect(try await service.refund(draft, key: "nothing").status == 200, "nothing is left to refund")
    #expect(try await service.refund(draft, 1, key: "one").code == "refund_too_large")
    #expect(try await service.capture(Draft()).code == "payment_not_found")
    #expect(try await service.refund(Draft()).code == "payment_not_found")
    #expect(try await service.api.send("POST", "/payments", "{}", headers: ["Idempotency-Key": "x"]).code == "invalid_body")
    #expect(try await service.request(Draft(amount: 0)).code == "invalid_body")
    #expect(try await service.request(Draft(token: "")).code == "invalid_body")
  }

  @Test("If-Match makes a command conditional")
  func optimisticVersions() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    let headers = ["Idempotency-Key": "\(draft.id)", "If-Match": #""v1""#]
    let wrong = try await service.api.send("POST", "/payments/\(draft.id)/capture", "{}", headers: headers)
    #expect(wrong.status == 412)
    #expect(wrong.header("ETag") == #""v2""#)
    let right = try await service.api.send(
      "POST", "/payments/\(draft.id)/capture", "{}", headers: headers.merging(["If-Match": #""v2""#]) { $1 })
    #expect(right.status == 200)
  }

  @Test("Customers read their own payments, owners and riders none, services and operators all")
  func visibility() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    let otherAccount = "0197a6b2-0000-7000-8000-0000000000ff"
    for (principal, status) in [
      (nil, 401), ("customer:\(PaymentUnderTest.customer)", 200), ("customer:\(otherAccount)", 404),
      ("owner:\(PaymentUnderTest.customer)", 404), ("rider:\(otherAccount)", 404), (PaymentUnderTest.operator, 200),
    ] as [(String?, Int)] {
      let api = service.api.acting(as: principal)
      #expect(try await api.get("/payments/\(draft.id)").status == status)
    }
    let customer = service.api.acting(as: "customer:\(PaymentUnderTest.customer)")
    for path in [
      "/payments?ids=\(draft.id)", "/payments/versions", "/ledger/accounts", "/ledger/transactions?paymentId=\(draft.id)",
    ] {
      #expect(try await customer.get(path).status == 403)
      #expect(try await service.api.get(path).status == 200)
    }
    #expect(try await customer.get("/payments?orderId=\(draft.orderId)").decode(Batch<Payment>.self).items.count == 1)
    let other = service.api.acting(as: "customer:\(otherAccount)")
    #expect(try await other.get("/payments?orderId=\(draft.orderId)").decode(Batch<Payment>.self).items.isEmpty)
    let headers = ["Idempotency-Key": "mine"]
    #expect(try await customer.send("POST", "/payments/\(draft.id)/refund", "{}", headers: headers).status == 403)
    #expect(try await customer.send("POST", "/payments", draft.body, headers: headers).status == 403)
    let current = try await service.api.get("/payments/\(draft.id)", headers: ["If-None-Match": #""v2""#])
    #expect(current.status == 304)
  }

  @Test("Batches and version pages list the existing payments")
  func lists() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    let unknown = Identifier.v7(at: .now())
    let batch = try await service.api.get("/payments?ids=\(draft.id),\(unknown)").decode(Batch<Payment>.self)
    #expect(batch.items.map(\.id) == [draft.id])
    #expect(batch.unknown == [unknown])
    #expect(try await service.api.get("/payments").code == "invalid_query")
    let since = try await service.payment(draft).createdAt.rfc3339
    let versions = try await service.api.get("/payments/versions?changedSince=\(since)&limit=5000").decode(
      Page<AggregateVersion>.self)
    #expect(versions.items.contains(AggregateVersion(id: draft.id, version: 2, deleted: false)))
    let all = try await service.api.get("/payments/versions?limit=5000").decode(Page<AggregateVersion>.self)
    #expect(all.items.map(\.id) == all.items.map(\.id).sorted())
  }

  @Test("Republishing publishes the event of the current status")
  func republish() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.captured()
    let operators = service.api.acting(as: PaymentUnderTest.operator)
    #expect(try await operators.send("POST", "/admin/republish", #"{"ids":["\#(draft.id)"]}"#).status == 202)
    try await eventually("the republished event") {
      try await service.events(of: draft).count { $0 == "3 payment.captured" } == 2
    }
  }
}
