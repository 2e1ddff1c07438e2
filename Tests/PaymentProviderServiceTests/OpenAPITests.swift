import Hummingbird
import Postgres
import TestSupport
import Testing
import Web
import Yams

@testable import PaymentProviderService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
  }

  @Test("It describes exactly the routes that there are")
  func routes() throws {
    let postgres = PostgresClient(
      configuration: PostgresConfiguration(host: "127.0.0.1", database: "none", user: "nobody", applicationName: "tests"),
      logger: quietLogger)
    let router = providerRouter(
      store: PostgresAuthorizationStore(postgres: postgres, committed: {}), control: FaultControl(FaultProfile()),
      key: BearerKey("any"), health: Health(), settingsChanged: {})
    let routes = router.operations
    let described = try document().operations
    #expect(described == routes)
  }

  @Test("What is answered and sent has exactly the members that it describes")
  func members() async throws {
    let provider = try await ProviderUnderTest.shared()
    let authorization = try await provider.authorize(token: "tok_declined")
    try await check("Authorization", provider.get("/authorizations/\(authorization.id)").text)
    try await check("FaultProfile", provider.get("/admin/behaviour").text)
    let receiver = try WebhookReceiver()
    let telling = try await ProviderUnderTest.start(webhookPort: receiver.port)
    try await receiver.listening {
      _ = try await telling.authorize()
      try await eventually("the webhook") { !receiver.received.isEmpty }
    }
    try check("Webhook", String(decoding: receiver.received.first?.body ?? [], as: UTF8.self))
    try await telling.process.stop()
  }

  /// Compares a JSON object (which is YAML too) with a schema of objects.
  private func check(_ schema: String, _ json: String) throws {
    let schema = try #require(try document()["components"]?["schemas"]?[Node(schema)])
    let described = schema["properties"]?.mapping?.keys.compactMap(\.string) ?? []
    let required = schema["required"]?.sequence?.compactMap(\.string) ?? []
    let answered = try #require(try Yams.compose(yaml: json)).mapping?.keys.compactMap(\.string) ?? []
    #expect(Set(answered) == Set(described))
    #expect(Set(required) == Set(described))
  }

  @Test("It lists the states and the kinds of webhooks that there are")
  func enumerations() async throws {
    let schemas = try document()["components"]?["schemas"]
    let states = schemas?["Authorization"]?["properties"]?["status"]?["enum"]?.sequence?.compactMap(\.string) ?? []
    #expect(states == Authorization.Status.allCases.map(\.rawValue))
  }
}
