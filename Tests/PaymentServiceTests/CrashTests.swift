import Contracts
import TestSupport
import Testing

@Suite("Payment ended in the middle", .serialized)
struct CrashTests {
  @Test(
    "Wherever the process ends, a restart comes to one charge, one ledger transaction, one event, and nothing pending",
    arguments: ["beforeCommit:2", "afterCommit:1", "afterCommit:2", "beforeCharge", "afterCharge", "afterRecord"])
  func authorize(_ failpoint: String) async throws {
    let under = try await PaymentUnderTest.start(failpoint: failpoint)
    let wanted = PaymentUnderTest.Wanted()
    let answer = try? await under.request(wanted)
    #expect(answer == nil, "the process is gone")
    try await eventually("its end") { !under.process.isRunning }
    let again = try await under.restarted()
    try await again.settles(wanted, .authorized)
    try await same(again, wanted, ["authorize 23000"], ["authorization 23000"])
    // The key has its answer, as if nothing had happened.
    let repeated = try await again.request(wanted)
    #expect(repeated.status == 201)
    #expect(try repeated.decode(Payment.self).status == .authorized)
    #expect(try await again.capture(wanted).status == 200)
    #expect(under.network.charged(wanted.id) == 23_000)
    try await again.process.stop()
  }

  @Test("A crash before the intent is kept leaves nothing; the request sent again is a new one")
  func beforeIntent() async throws {
    let under = try await PaymentUnderTest.start(failpoint: "beforeCommit:1")
    let wanted = PaymentUnderTest.Wanted()
    #expect((try? await under.request(wanted)) == nil)
    try await eventually("its end") { !under.process.isRunning }
    let again = try await under.restarted()
    #expect(try await again.api.get("/payments/\(wanted.id)").status == 404)
    #expect(under.network.keys(of: wanted.id).isEmpty)
    #expect(try await again.request(wanted).status == 201)
    try await again.process.stop()
  }

  @Test(
    "A crash around a capture, a void or a refund is made good as well", arguments: [PaymentOperation.capture, .void, .refund])
  func others(_ operation: PaymentOperation) async throws {
    let count = operation == .refund ? 3 : 2
    let under = try await PaymentUnderTest.start(failpoint: "afterCharge:\(count)")
    let wanted = operation == .refund ? try await under.captured() : try await under.authorized()
    let answer: RESTAnswer? =
      switch operation {
      case .capture: try? await under.capture(wanted)
      case .void: try? await under.void(wanted)
      default: try? await under.refund(wanted)
      }
    #expect(answer == nil)
    try await eventually("its end") { !under.process.isRunning }
    let again = try await under.restarted()
    switch operation {
    case .capture:
      try await again.settles(wanted, .captured)
      try await same(again, wanted, ["authorize 23000", "capture 23000"], ["authorization 23000", "capture 23000"])
    case .void:
      try await again.settles(wanted, .voided)
      try await same(again, wanted, ["authorize 23000", "void"], ["authorization 23000", "void 23000"])
    default:
      try await again.settles(wanted, .refunded)
      try await same(
        again, wanted, ["authorize 23000", "capture 23000", "refund 23000"],
        ["authorization 23000", "capture 23000", "refund 23000"])
    }
    try await again.process.stop()
  }

  private func same(
    _ under: PaymentUnderTest, _ wanted: PaymentUnderTest.Wanted, _ movements: [String], _ ledger: [String]
  ) async throws {
    #expect(under.network.movements(of: wanted.id) == movements)
    #expect(try await under.ledger(of: wanted) == ledger)
    #expect(try await under.events(of: wanted).count == ledger.count + 1)
    #expect(try await under.sql("SELECT count(*) FROM pending_operations") == "0")
    #expect(try await under.sql("SELECT count(*) FROM idempotency_keys WHERE body = ''") == "0")
  }
}
