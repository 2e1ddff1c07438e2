import Contracts
import Telemetry
import TestSupport
import Testing

@Suite("Webhooks", .serialized)
struct WebhookTests {
  @Test("Each change of an authorization is told, signed, with its type")
  func tells() async throws {
    let receiver = try WebhookReceiver()
    let provider = try await ProviderUnderTest.start(webhookPort: receiver.port)
    try await receiver.listening {
      let paid = try await provider.authorize()
      _ = try await provider.post("/authorizations/\(paid.id)/captures", ProviderUnderTest.money(23_000))
      _ = try await provider.post("/authorizations/\(paid.id)/refunds", ProviderUnderTest.money(23_000))
      let voided = try await provider.authorize()
      _ = try await provider.post("/authorizations/\(voided.id)/void", "{}")
      let declined = try await provider.authorize(token: "tok_declined")
      try await eventually("the webhooks") { receiver.received.count >= 6 }
      let events = receiver.received.compactMap(\.event)
      func types(_ authorization: AuthorizationView) -> Set<String> {
        Set(events.filter { $0.authorizationId == authorization.id && $0.reference == authorization.reference }.map(\.type))
      }
      #expect(types(paid) == ["authorization.approved", "authorization.captured", "authorization.refunded"])
      #expect(types(voided) == ["authorization.approved", "authorization.voided"])
      #expect(types(declined) == ["authorization.declined"])
      #expect(Set(events.map(\.id)).count == 6)
      let now = Timestamp.now().milliseconds / 1000
      for webhook in receiver.received {
        #expect(webhook.isAuthentic)
        #expect(abs((webhook.time ?? 0) - now) < 60)
      }
      try await eventually("the marks") { try await provider.undelivered() == 0 }
    }
    try await provider.process.stop()
  }

  @Test("A receiver that was away gets every webhook when it is back, also one whose sender was killed meanwhile")
  func waits() async throws {
    let receiver = try WebhookReceiver()
    let provider = try await ProviderUnderTest.start(webhookPort: receiver.port)
    let references = try await simultaneously(30) { _ in try await provider.authorize().reference }
    try await eventually("an attempt") {
      try await provider.sql("SELECT count(*) FROM webhooks WHERE attempts > 0") == "30"
    }
    #expect(try await provider.undelivered() == 30)
    try await provider.process.kill9()
    try await provider.process.start()
    try await receiver.listening {
      try await eventually(within: .seconds(25), "the webhooks") {
        Set(receiver.received.compactMap(\.event?.reference)) == Set(references)
      }
      try await eventually("the marks") { try await provider.undelivered() == 0 }
    }
    try await provider.process.stop()
  }

  @Test("What is refused is sent again under the same id, and not again once it is taken")
  func retries() async throws {
    let receiver = try WebhookReceiver()
    receiver.refuse(3)
    let provider = try await ProviderUnderTest.start(webhookPort: receiver.port)
    try await receiver.listening {
      _ = try await provider.authorize()
      try await eventually(within: .seconds(10), "the mark") { try await provider.undelivered() == 0 }
      #expect(receiver.received.count == 4)
      #expect(Set(receiver.received.compactMap(\.event?.id)).count == 1)
      #expect(try await provider.sql("SELECT attempts FROM webhooks") == "4")
    }
    try await provider.process.stop()
  }

  @Test("Webhooks that are held back are sent when they are let go")
  func holdsBack() async throws {
    let receiver = try WebhookReceiver()
    let provider = try await ProviderUnderTest.start(webhookPort: receiver.port, ["BEHAVIOUR_WEBHOOKS": "false"])
    try await receiver.listening {
      let reference = try await provider.authorize().reference
      #expect(try await provider.sql("SELECT attempts FROM webhooks") == "0")
      #expect(receiver.received.isEmpty)
      #expect(try await provider.behave(#"{"webhooks":true}"#).status == 200)
      try await eventually("the webhook") { receiver.received.compactMap(\.event?.reference) == [reference] }
    }
    try await provider.process.stop()
  }
}

extension ProviderUnderTest {
  fileprivate func undelivered() async throws -> Int {
    Int(try await sql("SELECT count(*) FROM webhooks WHERE delivered_at IS NULL")) ?? -1
  }
}
