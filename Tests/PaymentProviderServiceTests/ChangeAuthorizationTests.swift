import Contracts
import Synchronization
import Testing

@testable import PaymentProviderService

@Suite("Changing an authorization")
struct ChangeAuthorizationTests {
  private static let target = OperationTarget.id(.fresh())
  private static let request = OperationRequest(key: "key", fingerprint: "fingerprint")

  @Test("An operation that is overtaken in each of three attempts is rejected as contended")
  func contention() async {
    let store = FakeAuthorizationStore(state: AuthorizationTests.held)
    await #expect(throws: OperationError.contended) {
      try await ChangeAuthorization(store: store)(.capture(100), on: Self.target, by: Self.request)
    }
    #expect(store.attempts == 3)
  }

  @Test("An operation that the authorization does not allow is rejected by the first attempt")
  func rejection() async {
    let store = FakeAuthorizationStore(state: AuthorizationTests.partlyCaptured)
    await #expect(throws: OperationError.alreadyCaptured) {
      try await ChangeAuthorization(store: store)(.void, on: Self.target, by: Self.request)
    }
    #expect(store.attempts == 1)
  }

  @Test("An operation on an unknown authorization is rejected")
  func unknownAuthorization() async {
    let store = FakeAuthorizationStore(state: nil)
    await #expect(throws: OperationError.unknownAuthorization) {
      try await ChangeAuthorization(store: store)(.void, on: Self.target, by: Self.request)
    }
  }
}

/// A store in which no operation changes anything.
private final class FakeAuthorizationStore: AuthorizationStore {
  private let state: Authorization?
  private let applied = Atomic<Int>(0)

  init(state: Authorization?) {
    self.state = state
  }

  var attempts: Int { applied.load(ordering: .relaxed) }

  func insert(_ authorization: NewAuthorization, by request: OperationRequest) async throws -> OperationResult? { nil }

  func apply(
    _ operation: PaymentProviderService.Operation, to target: OperationTarget, by request: OperationRequest
  ) async throws -> OperationResult? {
    applied.add(1, ordering: .relaxed)
    return nil
  }

  func state(of target: OperationTarget) async throws -> Authorization? { state }
  func authorization(_ id: Identifier) async throws -> [UInt8]? { nil }
  func authorization(reference: String) async throws -> [UInt8]? { nil }
}
