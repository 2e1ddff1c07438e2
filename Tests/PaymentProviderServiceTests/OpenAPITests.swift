import TestSupport
import Testing
import Yams

@testable import PaymentProviderService

@Suite("The OpenAPI document of payment-provider")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("payment-provider", settings: ProviderSettings.all, build: buildProvider)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }

  @Test("Responses and webhooks have exactly the documented members")
  func members() async throws {
    let provider = try await ProviderUnderTest.shared()
    let authorization = try await provider.authorize(token: "tok_declined")
    try await check("Authorization", provider.get("/authorizations/\(authorization.id)").text)
    try await check("Behaviour", provider.get("/admin/behaviour").text)
    let receiver = try WebhookReceiver()
    let sending = try await ProviderUnderTest.start(webhookPort: receiver.port)
    try await receiver.listening {
      _ = try await sending.authorize()
      try await eventually("the webhook") { !receiver.received.isEmpty }
    }
    try check("Webhook", String(decoding: receiver.received.first?.body ?? [], as: UTF8.self))
    try await sending.process.stop()
  }

  /// Compares the members of a JSON object, which is also YAML, with those of an object schema.
  private func check(_ schema: String, _ json: String) throws {
    let schema = try #require(try document()["components"]?["schemas"]?[Node(schema)])
    let documented = schema["properties"]?.mapping?.keys.compactMap(\.string) ?? []
    let required = schema["required"]?.sequence?.compactMap(\.string) ?? []
    let returned = try #require(try Yams.compose(yaml: json)).mapping?.keys.compactMap(\.string) ?? []
    #expect(Set(returned) == Set(documented))
    #expect(Set(required) == Set(documented))
  }

  @Test("The documented statuses are those of the code")
  func enumerations() async throws {
    let schemas = try document()["components"]?["schemas"]
    let states = schemas?["Authorization"]?["properties"]?["status"]?["enum"]?.sequence?.compactMap(\.string) ?? []
    #expect(states == Authorization.Status.allCases.map(\.rawValue))
  }
}
