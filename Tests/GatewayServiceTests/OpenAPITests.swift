import Contracts
import TestSupport
import Testing
import Yams

@testable import GatewayService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("gateway", settings: GatewaySettings.all, build: buildGateway)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }

  @Test("It lists all districts")
  func districts() throws {
    let listed = try document()["components"]?["schemas"]?["District"]?["enum"]?.sequence?.compactMap(\.string)
    #expect(listed == District.allCases.map(\.rawValue))
  }
}
