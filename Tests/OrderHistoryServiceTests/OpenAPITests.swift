import Contracts
import NIOCore
import Testing
import Web
import Yams

@testable import OrderHistoryService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func schemas() throws -> Node {
    let document = try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
    return try #require(document["components"]?["schemas"])
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  @Test("It lists the statuses that there are")
  func enumerations() throws {
    let schemas = try schemas()
    #expect(strings(schemas["OrderStatus"]?["enum"]) == OrderStatus.allCases.map(\.rawValue))
    #expect(strings(schemas["PaymentStatus"]?["enum"]) == PaymentStatus.allCases.map(\.rawValue))
    #expect(strings(schemas["DeliveryStatus"]?["enum"]) == DeliveryStatus.allCases.map(\.rawValue))
  }

  @Test("Documents have exactly the members that it describes")
  func members() throws {
    let order = Order.sample(1, .placed)
    var json = JSONText()
    json.beginArray()
    json.addView(OrderView(order: order, payment: .sample(of: order), delivery: .sample(of: order)))
    json.addSummary(order)
    json.endArray()
    let documents = try #require(try Yams.compose(yaml: String(buffer: json.buffer))?.sequence)
    let schemas = try schemas()
    for (name, document) in [
      ("OrderView", documents[0]), ("Order", documents[0]["order"]), ("Payment", documents[0]["payment"]),
      ("Delivery", documents[0]["delivery"]), ("OrderItem", documents[0]["order"]?["items"]?[0]), ("OrderSummary", documents[1]),
    ] {
      let members = document?.mapping?.keys.compactMap(\.string) ?? []
      let described = schemas[name]?["properties"]?.mapping?.keys.compactMap(\.string) ?? []
      #expect(members == described, "\(name)")
      #expect(strings(schemas[name]?["required"]) == described, "\(name)")
    }
  }
}
