import Contracts
import Idempotency
import Logging
import Telemetry
import Testing

@testable import PaymentService

@Suite("Commands that do not begin")
struct CommandTests {
  private static let id = Identifier.v7(at: .now())
  private static let order = Identifier.v7(at: .now())
  private static let request = IdempotentRequest(principal: "service:order", key: "key", fingerprint: "fingerprint")
  private static let document = Document(id: id, version: 2, json: Array("{}".utf8))

  /// A card network that no test may call.
  private struct UnreachableProvider: PaymentProvider {
    func send(_ request: ProviderRequest, key: String) async throws -> ProviderResponse {
      throw ProviderError.refused("unexpected call")
    }

    func authorization(of reference: Identifier) async throws -> Authorization? {
      throw ProviderError.refused("unexpected call")
    }
  }

  private static func state(
    _ status: PaymentStatus, pending: PaymentOperation? = nil, isInFlight: Bool = false
  ) -> PaymentState {
    PaymentState(
      document: document, orderId: order, customerId: id, amount: Money(amount: 1000), status: status, pending: pending,
      left: 0, isInFlight: isInFlight)
  }

  private static func stored(_ body: String, fingerprint: String = "fingerprint") -> StoredResponse {
    StoredResponse(fingerprint: fingerprint, subject: id, version: 2, body: Array(body.utf8))
  }

  private func capture(_ store: FakePaymentStore) async throws -> PaymentResult {
    try await change(store, .capture)
  }

  private func change(_ store: FakePaymentStore, _ operation: PaymentOperation) async throws -> PaymentResult {
    let operations = ProviderOperations(store: store, provider: UnreachableProvider(), logger: Logger(label: "tests"))
    return try await ChangePayment(store: store, operations: operations, outcomeUnknown: {})(
      PaymentCommand(operation: operation, id: Self.id, orderId: Self.order), by: Self.request)
  }

  @Test("A command that is overtaken in each of three attempts is rejected as busy")
  func contention() async {
    let store = FakePaymentStore(state: Self.state(.authorized))
    await #expect(throws: PaymentError.busy(nil)) { try await capture(store) }
    #expect(store.attempts == 3)
  }

  @Test("A void that neither finds nor creates its payment in three attempts is rejected as busy")
  func contendedVoid() async {
    let store = FakePaymentStore(state: nil)
    await #expect(throws: PaymentError.busy(nil)) { try await change(store, .void) }
    #expect(store.attempts == 3)
    await #expect(throws: PaymentError.unknownPayment) { try await capture(FakePaymentStore(state: nil)) }
  }

  @Test("A retry is rejected while the first request is being processed, and then gets the pending payment or the response")
  func retries() async throws {
    let inFlight = FakePaymentStore(
      state: Self.state(.authorized, pending: .capture, isInFlight: true), responses: [Self.stored("")])
    await #expect(throws: PaymentError.inFlight) { try await capture(inFlight) }

    let pending = FakePaymentStore(state: Self.state(.authorized, pending: .capture), responses: [Self.stored("")])
    #expect(try await capture(pending) == PaymentResult(document: Self.document, isPending: true))

    // The outcome is recorded between the reads of the key and of the payment.
    let recorded = FakePaymentStore(state: Self.state(.captured), responses: [Self.stored(""), Self.stored("{}")])
    let result = try await capture(recorded)
    #expect(result.document == Document(id: Self.id, version: 2, json: Array("{}".utf8), isReplay: true))
    #expect(!result.isPending)

    let never = FakePaymentStore(state: Self.state(.captured), responses: Array(repeating: Self.stored(""), count: 3))
    await #expect(throws: PaymentError.inFlight) { try await capture(never) }
  }

  @Test("A key that belongs to a different request is rejected")
  func reusedKey() async {
    let store = FakePaymentStore(state: Self.state(.captured), responses: [Self.stored("{}", fingerprint: "other")])
    await #expect(throws: IdempotencyKeyReused.self) { try await capture(store) }
  }

  @Test("A command whose effect exists returns the payment, one that is not allowed is rejected")
  func verdicts() async throws {
    #expect(try await capture(FakePaymentStore(state: Self.state(.captured))).document == Self.document)
    await #expect(throws: PaymentError.illegal(.capture, .voided)) {
      try await capture(FakePaymentStore(state: Self.state(.voided)))
    }
    await #expect(throws: PaymentError.busy(.void)) {
      try await capture(FakePaymentStore(state: Self.state(.authorized, pending: .void)))
    }
  }
}
