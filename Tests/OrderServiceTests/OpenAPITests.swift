import Contracts
import TestSupport
import Testing
import Yams

@testable import OrderService

@Suite("The OpenAPI document of order")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  private func schema(_ name: String) throws -> Node {
    try #require(try document()["components"]?["schemas"]?[name])
  }

  @Test("Its enumerations are those of the code")
  func enumerations() throws {
    #expect(strings(try schema("OrderStatus")["enum"]) == OrderStatus.allCases.map(\.rawValue))
    #expect(strings(try schema("OrderEventType")["enum"]) == OrderStatus.allCases.map { EventType(order: $0).rawValue })
    #expect(strings(try schema("SagaStep")["enum"]) == SagaStep.allCases.map(\.rawValue))
    #expect(strings(try schema("Saga")["properties"]?["status"]?["enum"]) == SagaStatus.allCases.map(\.rawValue))
  }

  @Test("An order has exactly the members that it describes, and all of them are required")
  func order() throws {
    let described = try schema("Order")
    let members = described["properties"]?.mapping?.keys.compactMap(\.string) ?? []
    let placement = OrderPlacement(
      id: .sample(1), customerId: .sample(2), shopId: .sample(3), ownerId: .sample(4), shopName: "s",
      pickup: Address(address: "a", location: Location(latitude: 1, longitude: 2)),
      deliveryAddress: Address(address: "b", location: Location(latitude: 1, longitude: 2)),
      items: [OrderItem(menuItemId: .sample(5), name: "n", price: Money(amount: 1), quantity: 1)], subtotal: Money(amount: 1),
      deliveryFee: Money(amount: 0), total: Money(amount: 1), paymentId: .sample(6))
    let json = OrderDocument.json(Order(placement, at: Timestamp(milliseconds: 0)))
    let order = try #require(try Yams.compose(yaml: String(decoding: json, as: UTF8.self)))
    #expect(order.mapping?.keys.compactMap(\.string) == members)
    #expect(strings(described["required"]) == members)
    let item = order["items"]?.sequence?.first?.mapping?.keys.compactMap(\.string) ?? []
    #expect(item == strings(try schema("OrderItem")["required"]))
  }

  @Test("Its bounds are those of the rules")
  func bounds() throws {
    let items = try schema("NewOrder")["properties"]?["items"]
    #expect(items?["minItems"]?.int == OrderRules.lines.lowerBound)
    #expect(items?["maxItems"]?.int == OrderRules.lines.upperBound)
    let quantity = items?["items"]?["properties"]?["quantity"]
    #expect(quantity?["minimum"]?.int == OrderRules.quantity.lowerBound)
    #expect(quantity?["maximum"]?.int == OrderRules.quantity.upperBound)
    let minutes = try schema("Acceptance")["properties"]?["preparationMinutes"]
    #expect(minutes?["maximum"]?.int == OrderRules.preparationMinutes.upperBound)
    let text = try schema("Text")
    for length in [OrderRules.address, OrderRules.reason, OrderRules.token].map(\.length) {
      #expect(text["minLength"]?.int == length.lowerBound)
      #expect(text["maxLength"]?.int == length.upperBound)
    }
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("order", settings: OrderSettings.all, build: buildOrder)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }
}
