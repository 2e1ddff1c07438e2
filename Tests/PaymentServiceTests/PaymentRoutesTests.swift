import Contracts
import Telemetry
import TestSupport
import Testing

@Suite("The REST surface of payment")
struct PaymentRoutesTests {
  typealias Wanted = PaymentUnderTest.Wanted

  @Test("A payment is authorized, captured and refunded, each a version, an event and a ledger transaction")
  func life() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    let authorized = try await under.request(wanted)
    #expect(authorized.status == 201)
    #expect(authorized.header("ETag") == #""v2""#)
    #expect(authorized.header("Location") == "/payments/\(wanted.id)")
    let payment = try authorized.decode(Payment.self)
    #expect(payment.status == .authorized)
    #expect(payment.amount == Money(amount: 23_000))
    #expect(payment.customerId == PaymentUnderTest.customer)
    #expect(payment.pending == nil)
    let captured = try await under.capture(wanted)
    #expect(captured.status == 200)
    #expect(try captured.decode(Payment.self).captured == payment.amount)
    let part = try await under.refund(wanted, 3000, key: "part").decode(Payment.self)
    #expect(part.status == .captured)
    #expect(part.refunded == Money(amount: 3000))
    let rest = try await under.refund(wanted).decode(Payment.self)
    #expect(rest.status == .refunded)
    #expect(rest.refunded == payment.amount)
    #expect(rest.timeline.map(\.status) == [.requested, .authorized, .captured, .captured, .refunded])
    #expect(rest.timeline.map(\.version) == [1, 2, 3, 4, 5])
    #expect(rest.timeline.last?.at == rest.updatedAt)
    #expect(rest.timeline.first?.at == rest.createdAt)
    #expect(
      try await under.events(of: wanted) == [
        "1 payment.requested", "2 payment.authorized", "3 payment.captured", "4 payment.refunded", "5 payment.refunded",
      ])
    #expect(
      try await under.ledger(of: wanted) == ["authorization 23000", "capture 23000", "part_refund 3000", "refund 20000"])
    #expect(
      under.network.movements(of: wanted.id) == ["authorize 23000", "capture 23000", "refund 3000", "refund 20000"])
    #expect(under.network.charged(wanted.id) == 0)
  }

  @Test("A declined card is an answer, with the reason, and moves nothing", arguments: ["tok_declined", "tok_unreadable"])
  func declined(_ token: String) async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted(token: token)
    let answer = try await under.request(wanted)
    #expect(answer.status == 201)
    #expect(try answer.decode(Payment.self).status == .declined)
    #expect(try answer.decode(Payment.self).declineReason == (token == "tok_declined" ? "declined" : "invalid_body"))
    #expect(try await under.ledger(of: wanted) == [])
    let void = try await under.void(wanted)
    #expect(void.status == 200)
    #expect(try void.decode(Payment.self).status == .declined)
    #expect(try await under.capture(wanted).code == "illegal_transition")
  }

  @Test("A void gives back what was held, and can be asked for again")
  func voids() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    let first = try await under.void(wanted)
    #expect(first.status == 200)
    #expect(try first.decode(Payment.self).status == .voided)
    #expect(try await under.void(wanted, key: "another").text == first.text)
    #expect(try await under.void(wanted).text == first.text)
    #expect(under.network.movements(of: wanted.id) == ["authorize 23000", "void"])
    #expect(try await under.ledger(of: wanted) == ["authorization 23000", "void 23000"])
    #expect(try await under.capture(wanted).code == "illegal_transition")
    #expect(try await under.refund(wanted).code == "illegal_transition")
  }

  @Test("Everything that was done before has its first answer; another body is refused")
  func replays() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    let first = try await under.request(wanted)
    let capture = try await under.capture(wanted)
    let part = try await under.refund(wanted, 1000)
    for (answer, original) in [
      (try await under.request(wanted), first), (try await under.capture(wanted), capture),
      (try await under.refund(wanted, 1000), part),
    ] {
      #expect(answer.status == original.status)
      #expect(answer.text == original.text)
      #expect(answer.header("ETag") == original.header("ETag"))
      #expect(answer.header("Idempotency-Replayed") == "true")
    }
    #expect(try await under.refund(wanted, 2000).code == "idempotency_key_reused")
    #expect(under.network.movements(of: wanted.id) == ["authorize 23000", "capture 23000", "refund 1000"])
    let without = try await under.api.send("POST", "/payments/\(wanted.id)/refund", "{}")
    #expect(without.code == "idempotency_key_required")
  }

  @Test("The same request 32 times at once is one charge, one capture, one refund")
  func atOnce() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = Wanted()
    func all(_ send: @escaping @Sendable () async throws -> RESTAnswer) async throws -> [RESTAnswer] {
      try await withThrowingTaskGroup(of: RESTAnswer.self) { group in
        for _ in 0..<32 { group.addTask(operation: send) }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    for answers in [
      try await all { try await under.request(wanted) }, try await all { try await under.capture(wanted) },
      try await all { try await under.refund(wanted, 1000) },
    ] {
      let done = answers.filter { $0.status != 409 }
      #expect(Set(done.map(\.text)).count == 1)
      #expect(done.count { $0.header("Idempotency-Replayed") == nil } == 1)
      for waiting in answers where waiting.status == 409 {
        #expect(waiting.code == "request_in_flight")
        #expect(waiting.header("Retry-After") == "1")
      }
    }
    #expect(under.network.movements(of: wanted.id) == ["authorize 23000", "capture 23000", "refund 1000"])
    #expect(try await under.ledger(of: wanted) == ["authorization 23000", "capture 23000", "part_refund 1000"])
  }

  @Test("Capture and void at once: one of them wins, and the books say which")
  func race() async throws {
    let under = try await PaymentUnderTest.shared()
    for _ in 0..<8 {
      let wanted = try await under.authorized()
      async let captured = under.capture(wanted)
      async let voided = under.void(wanted)
      let statuses = [try await captured.status, try await voided.status]
      #expect(statuses.filter { $0 == 200 }.count == 1)
      #expect(statuses.filter { $0 == 409 }.count == 1)
      #expect(try await under.ledger(of: wanted) == ["authorization 23000", statuses[0] == 200 ? "capture 23000" : "void 23000"])
    }
  }

  @Test("One payment for an order, and one order for a payment")
  func onePayment() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    #expect(try await under.request(Wanted(orderId: wanted.orderId), key: "k1-\(wanted.id)").code == "order_has_payment")
    #expect(try await under.request(Wanted(id: wanted.id), key: "k2-\(wanted.id)").code == "payment_exists")
    var dearer = wanted
    dearer.amount += 1
    #expect(try await under.request(dearer, key: "k3-\(wanted.id)").code == "payment_exists")
    let again = try await under.request(wanted, key: "k4-\(wanted.id)")
    #expect(again.status == 201)
    #expect(under.network.movements(of: wanted.id) == ["authorize 23000"])
    var other = wanted
    other.orderId = .v7(at: .now())
    #expect(try await under.void(other).code == "payment_exists")
  }

  @Test("What can't be done is refused by name")
  func refusals() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    #expect(try await under.refund(wanted).code == "illegal_transition")
    _ = try await under.capture(wanted)
    #expect(try await under.void(wanted).code == "illegal_transition")
    #expect(try await under.refund(wanted, 23_001).code == "refund_too_large")
    _ = try await under.refund(wanted, 20_000, key: "most")
    #expect(try await under.refund(wanted, 3001, key: "more").code == "refund_too_large")
    #expect(try await under.refund(wanted, 3000, key: "rest").status == 200)
    #expect(try await under.refund(wanted, key: "nothing").status == 200, "all that is left is nothing")
    #expect(try await under.refund(wanted, 1, key: "one").code == "refund_too_large")
    #expect(try await under.capture(Wanted()).code == "payment_not_found")
    #expect(try await under.refund(Wanted()).code == "payment_not_found")
    #expect(try await under.api.send("POST", "/payments", "{}", headers: ["Idempotency-Key": "x"]).code == "invalid_body")
    #expect(try await under.request(Wanted(amount: 0)).code == "invalid_body")
    #expect(try await under.request(Wanted(token: "")).code == "invalid_body")
  }

  @Test("If-Match guards a command")
  func optimisticVersions() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    let headers = ["Idempotency-Key": "\(wanted.id)", "If-Match": #""v1""#]
    let wrong = try await under.api.send("POST", "/payments/\(wanted.id)/capture", "{}", headers: headers)
    #expect(wrong.status == 412)
    #expect(wrong.header("ETag") == #""v2""#)
    let right = try await under.api.send(
      "POST", "/payments/\(wanted.id)/capture", "{}", headers: headers.merging(["If-Match": #""v2""#]) { $1 })
    #expect(right.status == 200)
  }

  @Test("Customers see their own payments, owners and riders none, services and operators all")
  func visibility() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    let stranger = "0197a6b2-0000-7000-8000-0000000000ff"
    for (principal, status) in [
      (nil, 401), ("customer:\(PaymentUnderTest.customer)", 200), ("customer:\(stranger)", 404),
      ("owner:\(PaymentUnderTest.customer)", 404), ("rider:\(stranger)", 404), (PaymentUnderTest.operator, 200),
    ] as [(String?, Int)] {
      let api = under.api.acting(as: principal)
      #expect(try await api.get("/payments/\(wanted.id)").status == status)
    }
    let customer = under.api.acting(as: "customer:\(PaymentUnderTest.customer)")
    for path in [
      "/payments?ids=\(wanted.id)", "/payments/versions", "/ledger/accounts", "/ledger/transactions?paymentId=\(wanted.id)",
    ] {
      #expect(try await customer.get(path).status == 403)
      #expect(try await under.api.get(path).status == 200)
    }
    #expect(try await customer.get("/payments?orderId=\(wanted.orderId)").decode(Batch<Payment>.self).items.count == 1)
    let other = under.api.acting(as: "customer:\(stranger)")
    #expect(try await other.get("/payments?orderId=\(wanted.orderId)").decode(Batch<Payment>.self).items.isEmpty)
    let headers = ["Idempotency-Key": "mine"]
    #expect(try await customer.send("POST", "/payments/\(wanted.id)/refund", "{}", headers: headers).status == 403)
    #expect(try await customer.send("POST", "/payments", wanted.body, headers: headers).status == 403)
    let current = try await under.api.get("/payments/\(wanted.id)", headers: ["If-None-Match": #""v2""#])
    #expect(current.status == 304)
  }

  @Test("Batches and versions tell what there is")
  func lists() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    let never = Identifier.v7(at: .now())
    let batch = try await under.api.get("/payments?ids=\(wanted.id),\(never)").decode(Batch<Payment>.self)
    #expect(batch.items.map(\.id) == [wanted.id])
    #expect(batch.unknown == [never])
    #expect(try await under.api.get("/payments").code == "invalid_query")
    let since = try await under.payment(wanted).createdAt.rfc3339
    let versions = try await under.api.get("/payments/versions?changedSince=\(since)&limit=5000").decode(
      Page<AggregateVersion>.self)
    #expect(versions.items.contains(AggregateVersion(id: wanted.id, version: 2, deleted: false)))
    let all = try await under.api.get("/payments/versions?limit=5000").decode(Page<AggregateVersion>.self)
    #expect(all.items.map(\.id) == all.items.map(\.id).sorted())
  }

  @Test("Republishing says again where payments stand")
  func republish() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.captured()
    let operators = under.api.acting(as: PaymentUnderTest.operator)
    #expect(try await operators.send("POST", "/admin/republish", #"{"ids":["\#(wanted.id)"]}"#).status == 202)
    try await eventually("the event again") { try await under.events(of: wanted).count { $0 == "3 payment.captured" } == 2 }
  }
}
