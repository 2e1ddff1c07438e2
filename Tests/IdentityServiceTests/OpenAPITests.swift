import Contracts
import TestSupport
import Testing
import Yams

@testable import IdentityService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("identity", settings: IdentitySettings.all, build: buildIdentity)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }

  @Test("Responses have exactly the members that it describes")
  func members() async throws {
    let identity = try await IdentityUnderTest.shared()
    let registered = try await identity.register()
    try check("Account", registered.text)
    let account = try registered.decode(Account.self)
    let session = try await identity.signIn(account.email)
    try check("Session", session.text)
    try check("Holder", Yams.compose(yaml: session.text)?["account"])
    try check("Session", try await identity.refresh(session.decode(IdentityUnderTest.Session.self).refreshToken).text)
    let services = try await identity.serviceClient()
    try check("AccountBatch", try await services.get("/accounts?ids=\(account.id)").text)
    try check("VersionPage", try await services.get("/accounts/versions?limit=1").text)
    try check("ServiceToken", try await identity.token().text)
    try check("OAuthError", try await identity.token(nil).text)
    let keys = try await identity.anonymous.get("/.well-known/jwks.json")
    try check("KeySet", keys.text)
    try check("Key", Yams.compose(yaml: keys.text)?["keys"]?[0])
    let separate = try await IdentityUnderTest.start()
    try check("NextKey", try await separate.operatorClient().send("POST", "/admin/keys/rotate").text)
    try await separate.process.stop()
  }

  private func check(_ schema: String, _ json: String) throws {
    try check(schema, Yams.compose(yaml: json))
  }

  /// Compares a JSON object (which is YAML too) with a schema of objects.
  private func check(_ schema: String, _ response: Node?) throws {
    let schema = try #require(try document()["components"]?["schemas"]?[Node(schema)])
    let described = schema["properties"]?.mapping?.keys.compactMap(\.string) ?? []
    let required = schema["required"]?.sequence?.compactMap(\.string) ?? []
    let present = try #require(response).mapping?.keys.compactMap(\.string) ?? []
    #expect(Set(present) == Set(described))
    #expect(Set(required) == Set(described))
  }
}
