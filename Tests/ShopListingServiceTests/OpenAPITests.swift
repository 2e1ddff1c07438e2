import Contracts
import NIOCore
import TestSupport
import Testing
import Yams

@testable import ShopListingService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  @Test("It lists all districts, categories, statuses and sort orders")
  func enumerations() throws {
    let schemas = try document()["components"]?["schemas"]
    #expect(strings(schemas?["District"]?["enum"]) == District.allCases.map(\.rawValue))
    #expect(strings(schemas?["Category"]?["enum"]) == Contracts.Category.allCases.map(\.rawValue))
    #expect(strings(schemas?["Status"]?["enum"]) == ShopStatus.allCases.map(\.rawValue))
    let parameters = try document()["paths"]?["/listings"]?["get"]?["parameters"]?.sequence
    let sort = parameters?.first { $0["name"]?.string == "sort" }
    #expect(strings(sort?["schema"]?["enum"]) == ListSort.allCases.map(\.rawValue))
  }

  @Test("A card has exactly the documented members")
  func card() throws {
    let schema = try #require(try document()["components"]?["schemas"]?["Card"])
    let documented = schema["properties"]?.mapping?.keys.compactMap(\.string) ?? []
    let head = String(buffer: ShopRecord(.sample(1)).head)
    let card = try #require(try Yams.compose(yaml: head + ",\"rating\":\(ShopRecord.rating(.none))}"))
    #expect(card.mapping?.keys.compactMap(\.string) == documented)
    #expect(Set(strings(schema["required"])) == Set(documented))
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("shop-listing", settings: ShopListingSettings.all, build: buildShopListing)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }
}
