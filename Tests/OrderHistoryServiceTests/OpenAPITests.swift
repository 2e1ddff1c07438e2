import Contracts
import JSON
import NIOCore
import TestSupport
import Testing
import Yams

@testable import OrderHistoryService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  private func schemas() throws -> Node {
    try #require(try document()["components"]?["schemas"])
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  @Test("It lists all statuses")
  func enumerations() throws {
    let schemas = try schemas()
    #expect(strings(schemas["OrderStatus"]?["enum"]) == OrderStatus.allCases.map(\.rawValue))
    #expect(strings(schemas["PaymentStatus"]?["enum"]) == PaymentStatus.allCases.map(\.rawValue))
    #expect(strings(schemas["DeliveryStatus"]?["enum"]) == DeliveryStatus.allCases.map(\.rawValue))
  }

  @Test("Documents have exactly the documented members")
  func members() throws {
    let order = Order.sample(1, .placed)
    var json = JSONText()
    json.beginArray()
    json.value(OrderView(order: order, payment: .sample(of: order), delivery: .sample(of: order)))
    json.summary(order)
    json.endArray()
    let documents = try #require(try Yams.compose(yaml: String(buffer: json.buffer))?.sequence)
    let schemas = try schemas()
    for (name, document) in [
      ("OrderView", documents[0]), ("Order", documents[0]["order"]), ("Payment", documents[0]["payment"]),
      ("Delivery", documents[0]["delivery"]), ("OrderItem", documents[0]["order"]?["items"]?[0]), ("OrderSummary", documents[1]),
    ] {
      let members = document?.mapping?.keys.compactMap(\.string) ?? []
      let documented = schemas[name]?["properties"]?.mapping?.keys.compactMap(\.string) ?? []
      #expect(members == documented, "\(name)")
      #expect(strings(schemas[name]?["required"]) == documented, "\(name)")
    }
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("order-history", settings: OrderHistorySettings.all, build: buildOrderHistory)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }
}
