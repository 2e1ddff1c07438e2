import Contracts
import TestSupport
import Testing

@Suite("Idempotency keys")
struct IdempotencyTests {
  @Test("Sixteen concurrent identical authorizations have one effect and one response")
  func authorizations() async throws {
    let provider = try await ProviderUnderTest.shared()
    let (key, reference) = (Identifier.fresh().description, Identifier.fresh().description)
    let responses = try await simultaneously(16) { _ in
      try await provider.post("/authorizations", ProviderUnderTest.order(reference), key: key)
    }
    #expect(responses.allSatisfy { $0.status == 201 })
    #expect(Set(responses.map(\.text)).count == 1)
    #expect(responses.count { $0.header("Idempotency-Replayed") == nil } == 1)
    #expect(try await provider.sql("SELECT count(*) FROM webhooks WHERE reference = '\(reference)'") == "1")
    #expect(try await provider.sql("SELECT count(*) FROM operations WHERE key = '\(key)'") == "1")
  }

  @Test("Sixteen concurrent identical refunds have one effect")
  func refunds() async throws {
    let provider = try await ProviderUnderTest.shared()
    let id = try await provider.authorize(amount: 10_000).id
    _ = try await provider.post("/authorizations/\(id)/captures", ProviderUnderTest.money(10_000))
    let key = Identifier.fresh().description
    let responses = try await simultaneously(16) { _ in
      try await provider.post("/authorizations/\(id)/refunds", ProviderUnderTest.money(1000), key: key)
    }
    #expect(responses.allSatisfy { $0.status == 200 })
    #expect(Set(responses.map(\.text)).count == 1)
    #expect(try await provider.sql("SELECT refunded FROM authorizations WHERE id = '\(id)'") == "1000")
  }

  @Test("Of sixteen captures with different keys one succeeds; of sixteen refunds, those within the captured amount")
  func guards() async throws {
    let provider = try await ProviderUnderTest.shared()
    let id = try await provider.authorize(amount: 10_000).id
    let captures = try await simultaneously(16) { _ in
      try await provider.post("/authorizations/\(id)/captures", ProviderUnderTest.money(10_000))
    }
    #expect(captures.count { $0.status == 200 } == 1)
    #expect(captures.count { $0.code == "already_captured" } == 15)
    let refunds = try await simultaneously(16) { _ in
      try await provider.post("/authorizations/\(id)/refunds", ProviderUnderTest.money(1000))
    }
    #expect(refunds.count { $0.status == 200 } == 10)
    #expect(refunds.count { $0.code == "amount_exceeded" } == 6)
    #expect(try await provider.sql("SELECT refunded FROM authorizations WHERE id = '\(id)'") == "10000")
    #expect(try await provider.sql("SELECT count(*) FROM webhooks WHERE authorization_id = '\(id)'") == "12")
  }

  @Test("A concurrent authorization and reversal leave no amount held")
  func reversalsRace() async throws {
    let provider = try await ProviderUnderTest.shared()
    let references = (0..<20).map { _ in Identifier.fresh().description }
    _ = try await simultaneously(40) { index in
      let reference = references[index / 2]
      return index % 2 == 0
        ? try await provider.post("/authorizations", ProviderUnderTest.order(reference)).status
        : try await provider.post("/reversals", #"{"reference":"\#(reference)"}"#).status
    }
    for reference in references {
      let status = try await provider.found(reference)?.status
      #expect(status == "voided" || status == "declined")
    }
  }

  @Test("A key that belongs to a different request is rejected without an effect")
  func reusedKeys() async throws {
    let provider = try await ProviderUnderTest.shared()
    let key = Identifier.fresh().description
    let reference = Identifier.fresh().description
    let first = try await provider.post("/authorizations", ProviderUnderTest.order(reference), key: key)
    let id = try first.decode(AuthorizationView.self).id
    let other = Identifier.fresh().description
    let responses = [
      try await provider.post("/authorizations", ProviderUnderTest.order(reference, amount: 1), key: key),
      try await provider.post("/authorizations", ProviderUnderTest.order(other), key: key),
      try await provider.post("/authorizations/\(id)/captures", ProviderUnderTest.money(1), key: key),
      try await provider.post("/reversals", #"{"reference":"\#(reference)"}"#, key: key),
    ]
    #expect(responses.map(\.code) == Array(repeating: "idempotency_key_reused", count: 4))
    #expect(try await provider.found(other) == nil)
    #expect(try await provider.found(reference)?.status == "approved")
    #expect(try await provider.found(reference)?.captured.amount == 0)
  }
}
