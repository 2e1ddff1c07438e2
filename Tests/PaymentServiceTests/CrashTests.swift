import Contracts
import TestSupport
import Testing

@Suite("Crashes of the payment service", .serialized)
struct CrashTests {
  @Test(
    "After a crash at any point a restart completes with one charge, one ledger transaction, one event and nothing pending",
    arguments: ["beforeCommit:2", "afterCommit:1", "afterCommit:2", "beforeCharge", "afterCharge", "afterRecord"])
  func authorize(_ failpoint: String) async throws {
    let service = try await PaymentUnderTest.start(failpoint: failpoint)
    let draft = PaymentUnderTest.Draft()
    let response = try? await service.request(draft)
    #expect(response == nil, "the process crashed")
    try await eventually("the crash") { !service.process.isRunning }
    let restarted = try await service.restarted()
    try await restarted.waitFor(draft, .authorized)
    try await expectOneEffect(restarted, draft, ["authorize 23000"], ["authorization 23000"])
    // A retry with the same key gets the response.
    let retried = try await restarted.request(draft)
    #expect(retried.status == 201)
    #expect(try retried.decode(Payment.self).status == .authorized)
    #expect(try await restarted.capture(draft).status == 200)
    #expect(service.network.charged(draft.id) == 23_000)
    try await restarted.process.stop()
  }

  @Test("A crash before the intent is committed has no effect; a retry is processed as a new request")
  func beforeIntent() async throws {
    let service = try await PaymentUnderTest.start(failpoint: "beforeCommit:1")
    let draft = PaymentUnderTest.Draft()
    #expect((try? await service.request(draft)) == nil)
    try await eventually("the crash") { !service.process.isRunning }
    let restarted = try await service.restarted()
    #expect(try await restarted.api.get("/payments/\(draft.id)").status == 404)
    #expect(service.network.keys(of: draft.id).isEmpty)
    #expect(try await restarted.request(draft).status == 201)
    try await restarted.process.stop()
  }

  @Test(
    "A crash during a capture, a void or a refund is recovered as well", arguments: [PaymentOperation.capture, .void, .refund])
  func others(_ operation: PaymentOperation) async throws {
    let count = operation == .refund ? 3 : 2
    let service = try await PaymentUnderTest.start(failpoint: "afterCharge:\(count)")
    let draft = operation == .refund ? try await service.captured() : try await service.authorized()
    let response: RESTAnswer? =
      switch operation {
      case .capture: try? await service.capture(draft)
      case .void: try? await service.void(draft)
      default: try? await service.refund(draft)
      }
    #expect(response == nil)
    try await eventually("the crash") { !service.process.isRunning }
    let restarted = try await service.restarted()
    switch operation {
    case .capture:
      try await restarted.waitFor(draft, .captured)
      try await expectOneEffect(
        restarted, draft, ["authorize 23000", "capture 23000"], ["authorization 23000", "capture 23000"])
    case .void:
      try await restarted.waitFor(draft, .voided)
      try await expectOneEffect(restarted, draft, ["authorize 23000", "void"], ["authorization 23000", "void 23000"])
    default:
      try await restarted.waitFor(draft, .refunded)
      try await expectOneEffect(
        restarted, draft, ["authorize 23000", "capture 23000", "refund 23000"],
        ["authorization 23000", "capture 23000", "refund 23000"])
    }
    try await restarted.process.stop()
  }

  private func expectOneEffect(
    _ service: PaymentUnderTest, _ draft: PaymentUnderTest.Draft, _ movements: [String], _ ledger: [String]
  ) async throws {
    #expect(service.network.movements(of: draft.id) == movements)
    #expect(try await service.ledger(of: draft) == ledger)
    #expect(try await service.events(of: draft).count == ledger.count + 1)
    #expect(try await service.sql("SELECT count(*) FROM pending_operations") == "0")
    #expect(try await service.sql("SELECT count(*) FROM idempotency_keys WHERE body = ''") == "0")
  }
}
