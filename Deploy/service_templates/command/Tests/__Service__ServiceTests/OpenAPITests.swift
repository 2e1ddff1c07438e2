import TestSupport
import Testing

@testable import __Service__Service

@Suite("The OpenAPI document of the __name__ service")
struct OpenAPITests {
  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("__name__", settings: __Service__Settings.all, build: build__Service__)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }
}
