import JSON
import Contracts
import Hummingbird
import NIOCore
import TestSupport
import Testing
import Web
import Yams

@testable import OrderHistoryService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
  }

  private func schemas() throws -> Node {
    try #require(try document()["components"]?["schemas"])
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

  @Test("It describes exactly the routes that there are")
  func routes() async throws {
    let described = try document().operations
    try await withHistory { test in
      try await FakeOwner<Order>("order", "/orders").serving { source in
        let orders = test.projection(of: source)
        let router = orderHistoryRouter(
          lookup: OrderLookup(reader: test.reader, orders: orders), hub: TrackingHub(reader: test.reader, logger: quietLogger),
          health: Health(), authenticator: nil)
        let routes = router.operations
        #expect(described.subtracting(SharedOperations.all) == routes)
      }
    }
  }

  @Test("It describes what the service has of the parts that services share, and nothing that it doesn't have")
  func administration() async throws {
    let described = try document().operations
    try await withService { _, processes in
      let anybody = RESTClient(processes[0].url)
      for (operation, status) in try await SharedOperations.statuses(askedBy: anybody) {
        #expect(status == (described.contains(operation) ? 401 : 404), "\(operation)")
      }
    }
  }
}
