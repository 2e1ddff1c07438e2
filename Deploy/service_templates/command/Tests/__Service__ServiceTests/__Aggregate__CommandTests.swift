import Contracts
import Idempotency
import Testing

@testable import __Service__Service

@Suite("Commands of the __name__ service")
struct __Aggregate__CommandTests {
  /// Knows one __words__, at version 3.
  private struct FakeStore: __Aggregate__Store {
    static let known = Identifier("0197a6b2-0000-7000-8000-000000000001")!

    func insert(_ id: Identifier, name: String, request: IdempotentRequest?) async throws -> Document {
      Document(id: id, version: 1, json: Array(name.utf8))
    }

    func rename(_ id: Identifier, to name: String, expectedVersion: Int64?) async throws -> Document? {
      guard id == Self.known, expectedVersion ?? 3 == 3 else { return nil }
      return Document(id: id, version: 4, json: Array(name.utf8))
    }

    func __aggregates__(_ ids: [Identifier]) async throws -> [Document] {
      ids.filter { $0 == Self.known }.map { Document(id: $0, version: 3, json: []) }
    }

    func versions(after: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] { [] }
  }

  private let rename = Rename__Aggregate__(store: FakeStore())

  @Test("A rename that the store refuses says why")
  func refusals() async throws {
    #expect(try await rename(FakeStore.known, to: "x", expectedVersion: nil).version == 4)
    await #expect(throws: __Aggregate__Error.versionMismatch(current: 3)) {
      try await rename(FakeStore.known, to: "x", expectedVersion: 2)
    }
    await #expect(throws: __Aggregate__Error.unknown) {
      try await rename(Identifier("0197a6b2-0000-7000-8000-000000000002")!, to: "x", expectedVersion: nil)
    }
  }

  @Test("Names have 1 to 100 characters, not only spaces, and no control characters")
  func names() {
    for name in ["a", "쿠폰", String(repeating: "x", count: 100)] {
      #expect(__Aggregate__Rules.violation(ofName: name) == nil)
    }
    for name in ["", " ", "\u{7}", String(repeating: "x", count: 101)] {
      #expect(__Aggregate__Rules.violation(ofName: name) != nil)
    }
  }
}
