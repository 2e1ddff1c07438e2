import Contracts
import TestSupport
import Testing

@testable import PaymentProviderService

@Suite("Operations on authorizations")
struct OperationTests {
  @Test("An authorization is approved, returned by id and by reference, captured and refunded")
  func fullSequence() async throws {
    let provider = try await ProviderUnderTest.shared()
    let reference = Identifier.fresh().description
    let response = try await provider.post("/authorizations", ProviderUnderTest.order(reference))
    #expect(response.status == 201)
    var expected = try response.decode(AuthorizationView.self)
    #expect(response.header("Location") == "/authorizations/\(expected.id)")
    #expect(expected.status == "approved")
    #expect(expected.amount == Money(amount: 23_000))
    #expect(expected.declineCode == nil)
    #expect(try await provider.get("/authorizations/\(expected.id)").body == response.body)
    #expect(try await provider.found(reference) == expected)

    let captured = try await provider.post("/authorizations/\(expected.id)/captures", ProviderUnderTest.money(23_000))
    expected.captured = Money(amount: 23_000)
    #expect(captured.status == 200)
    #expect(try captured.decode(AuthorizationView.self) == expected)
    for part in [3_000, 20_000] {
      let refunded = try await provider.post("/authorizations/\(expected.id)/refunds", ProviderUnderTest.money(part))
      expected.refunded.amount += Int64(part)
      #expect(try refunded.decode(AuthorizationView.self) == expected)
    }
    #expect(try await provider.found(reference) == expected)
  }

  @Test("A declined card has a decline code", arguments: ["declined", "insufficient_funds"])
  func declines(_ code: String) async throws {
    let provider = try await ProviderUnderTest.shared()
    let declined = try await provider.authorize(token: "tok_\(code)")
    #expect(declined.status == "declined")
    #expect(declined.declineCode == code)
    let capture = try await provider.post("/authorizations/\(declined.id)/captures", ProviderUnderTest.money(1))
    #expect(capture.status == 409)
    #expect(capture.code == "illegal_transition")
  }

  @Test("The statements allow and reject the same operations as the rules, in every state")
  func agreesWithTheRules() async throws {
    let provider = try await ProviderUnderTest.shared()
    let states: [Authorization] =
      [AuthorizationTests.held, AuthorizationTests.partlyCaptured, AuthorizationTests.partlyRefunded]
      + [.declined, .voided, .reversed].map { Authorization(status: $0, amount: $0 == .reversed ? 0 : 100) }
    let operations: [PaymentProviderService.Operation] = [
      .capture(100), .capture(101), .refund(40), .refund(41), .refund(61), .void, .reverse,
    ]
    for state in states {
      for operation in operations {
        let (id, reference) = (Identifier.fresh(), Identifier.fresh().description)
        _ = try await provider.sql(
          """
          INSERT INTO authorizations (id, reference, amount, status, decline_code, captured, refunded) VALUES
          ('\(id)', '\(reference)', \(state.amount), '\(state.status)',
           \(state.status == .declined ? "'declined'" : "NULL"), \(state.captured), \(state.refunded))
          """)
        let response = try await provider.send(operation, id, reference)
        do {
          let next = try state.after(operation)
          #expect(response.status == 200, "\(state) \(operation)")
          let view = try response.decode(AuthorizationView.self)
          #expect(view.status == next.status.rawValue)
          #expect(view.captured.amount == next.captured)
          #expect(view.refunded.amount == next.refunded)
        } catch {
          #expect(response.status == 409, "\(state) \(operation)")
        }
        let row = try await provider.sql(
          "SELECT status, captured, refunded FROM authorizations WHERE id = '\(id)'")
        let expected = (try? state.after(operation)) ?? state
        #expect(row == "\(expected.status)|\(expected.captured)|\(expected.refunded)")
        let isChanged = expected != state
        #expect(
          try await provider.sql("SELECT count(*) FROM webhooks WHERE authorization_id = '\(id)'") == (isChanged ? "1" : "0"))
      }
    }
  }

  @Test("A reversal voids an authorization, and declines one that arrives later")
  func reversals() async throws {
    let provider = try await ProviderUnderTest.shared()
    let held = try await provider.authorize()
    let reversal = try await provider.post("/reversals", #"{"reference":"\#(held.reference)"}"#)
    #expect(reversal.status == 200)
    #expect(try reversal.decode(AuthorizationView.self).status == "voided")

    let early = Identifier.fresh().description
    let stored = try await provider.post("/reversals", #"{"reference":"\#(early)"}"#)
    #expect(try stored.decode(AuthorizationView.self).status == "reversed")
    #expect(try await provider.found(early)?.status == "reversed")
    let late = try await provider.authorize(early)
    #expect(late.status == "declined")
    #expect(late.declineCode == "reversed")
    #expect(late.amount == Money(amount: 23_000))
    let webhooks = try await provider.sql("SELECT string_agg(type, ',') FROM webhooks WHERE reference = '\(early)'")
    #expect(webhooks == "authorization.declined")
  }

  @Test("A reference has at most one authorization")
  func oneForEachReference() async throws {
    let provider = try await ProviderUnderTest.shared()
    let first = try await provider.authorize()
    let second = try await provider.post("/authorizations", ProviderUnderTest.order(first.reference))
    #expect(second.status == 409)
    #expect(second.code == "reference_taken")
  }

  @Test(
    "A request without the API key is rejected", arguments: [nil, "Bearer", "Bearer wrong", "Basic test-key", "Bearer test-key "])
  func needsTheKey(_ header: String?) async throws {
    let provider = try await ProviderUnderTest.shared()
    let headers = header.map { ["Authorization": $0] } ?? [:]
    for (method, path) in [("GET", "/authorizations?reference=x"), ("POST", "/authorizations"), ("GET", "/admin/behaviour")] {
      let response = try await RESTClient(provider.process.url).send(
        method, path, method == "POST" ? "{}" : nil, headers: headers)
      // Whitespace around a header's value is not part of it.
      let isValid = header == "Bearer test-key "
      #expect((response.status == 401) != isValid, "\(method) \(path)")
    }
  }

  @Test(
    "An invalid request is rejected with a specific problem code",
    arguments: [
      ("/authorizations", "{", 400, "malformed_json"), ("/authorizations", "{}", 422, "invalid_body"),
      ("/authorizations", ProviderUnderTest.order("a b"), 422, "invalid_body"),
      ("/authorizations", ProviderUnderTest.order(""), 422, "invalid_body"),
      ("/authorizations", ProviderUnderTest.order("r", amount: 0), 422, "invalid_body"),
      ("/authorizations", ProviderUnderTest.order("r", amount: 1_000_000_000_001), 422, "invalid_body"),
      ("/authorizations", ProviderUnderTest.order("r", token: "4242424242424242"), 422, "invalid_body"),
      ("/authorizations/7/captures", ProviderUnderTest.money(1), 400, "invalid_id"),
      (
        "/authorizations/0197a6b2-0000-7000-8000-0000000000aa/captures", ProviderUnderTest.money(1), 404,
        "authorization_not_found"
      ),
      ("/authorizations/0197a6b2-0000-7000-8000-0000000000aa/captures", ProviderUnderTest.money(-1), 422, "invalid_body"),
      ("/authorizations/0197a6b2-0000-7000-8000-0000000000aa/void", #"{"amount":1}"#, 422, "invalid_body"),
      ("/reversals", #"{"reference":"x\u0000"}"#, 422, "invalid_body"),
    ] as [(String, String, Int, String)])
  func badRequests(_ path: String, _ body: String, _ status: Int, _ code: String) async throws {
    let response = try await ProviderUnderTest.shared().post(path, body)
    #expect(response.status == status)
    #expect(response.code == code)
  }

  @Test("An operation without an idempotency key is rejected")
  func needsAnIdempotencyKey() async throws {
    let provider = try await ProviderUnderTest.shared()
    let reference = Identifier.fresh().description
    let response = try await RESTClient(provider.process.url).send(
      "POST", "/authorizations", ProviderUnderTest.order(reference),
      headers: ["Authorization": "Bearer \(ProviderUnderTest.key)"])
    #expect(response.code == "idempotency_key_required")
    #expect(try await provider.found(reference) == nil)
  }
}

extension ProviderUnderTest {
  fileprivate func send(
    _ operation: PaymentProviderService.Operation, _ id: Identifier, _ reference: String
  ) async throws -> RESTAnswer {
    switch operation {
    case .capture(let amount): try await post("/authorizations/\(id)/captures", Self.money(Int(amount)))
    case .refund(let amount): try await post("/authorizations/\(id)/refunds", Self.money(Int(amount)))
    case .void: try await post("/authorizations/\(id)/void", "{}")
    case .reverse: try await post("/reversals", #"{"reference":"\#(reference)"}"#)
    }
  }
}
