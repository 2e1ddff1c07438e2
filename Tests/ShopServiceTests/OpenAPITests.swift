import TestSupport
import Testing

@testable import ShopService

@Suite("The OpenAPI document of shop")
struct OpenAPITests {
  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("shop", settings: ShopSettings.all, build: buildShop)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }
}
