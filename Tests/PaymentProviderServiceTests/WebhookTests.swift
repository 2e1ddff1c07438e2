import Contracts
import Telemetry
import TestSupport
import Testing

@Suite("Webhooks", .serialized)
struct WebhookTests {
  @Test("Each change of an authorization sends a signed webhook with its type")
  func types() async throws {
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
      func receivedTypes(_ authorization: AuthorizationView) -> Set<String> {
        Set(events.filter { $0.authorizationId == authorization.id && $0.reference == authorization.reference }.map(\.type))
      }
      #expect(receivedTypes(paid) == ["authorization.approved", "authorization.captured", "authorization.refunded"])
      #expect(receivedTypes(voided) == ["authorization.approved", "authorization.voided"])
      #expect(receivedTypes(declined) == ["authorization.declined"])
      #expect(Set(events.map(\.id)).count == 6)
      let now = Timestamp.now().milliseconds / 1000
      for webhook in receiver.received {
        #expect(webhook.isAuthentic)
        #expect(abs((webhook.time ?? 0) - now) < 60)
      }
      try await eventually("the recorded deliveries") { try await provider.undelivered() == 0 }
    }
    try await provider.process.stop()
  }

  @Test("A receiver that was unavailable gets every webhook later, even if the sender was killed in between")
  func unavailableReceiver() async throws {
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
      try await eventually("the recorded deliveries") { try await provider.undelivered() == 0 }
    }
    try await provider.process.stop()
  }

  @Test("A rejected webhook is retried with the same id until it is delivered")
  func retries() async throws {
    let receiver = try WebhookReceiver()
    receiver.reject(3)
    let provider = try await ProviderUnderTest.start(webhookPort: receiver.port)
    try await receiver.listening {
      _ = try await provider.authorize()
      try await eventually(within: .seconds(10), "the recorded delivery") { try await provider.undelivered() == 0 }
      #expect(receiver.received.count == 4)
      #expect(Set(receiver.received.compactMap(\.event?.id)).count == 1)
      #expect(try await provider.sql("SELECT attempts FROM webhooks") == "4")
    }
    try await provider.process.stop()
  }

  @Test("Webhooks that were held back are sent once they are enabled")
  func disabledWebhooks() async throws {
    let receiver = try WebhookReceiver()
    let provider = try await ProviderUnderTest.start(webhookPort: receiver.port, ["BEHAVIOUR_WEBHOOKS": "false"])
    try await receiver.listening {
      let reference = try await provider.authorize().reference
      #expect(try await provider.sql("SELECT attempts FROM webhooks") == "0")
      #expect(receiver.received.isEmpty)
      #expect(try await provider.setFaults(#"{"webhooks":true}"#).status == 200)
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
