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

  /// `get /orders/{id}` and so on.
  private func operations() throws -> Set<String> {
    let described = try document()["paths"]?.mapping?.flatMap { path, item in
      item.mapping?.keys.compactMap(\.string).filter { $0 != "parameters" }.map { "\($0) \(path.string ?? "")" } ?? []
    }
    return Set(described ?? [])
  }

  @Test("It describes exactly the routes that there are")
  func routes() async throws {
    let described = try operations()
    try await withHistory { test in
      try await OwnerStandIn<Order>("order", "/orders").serving { source in
        let orders = HistoryProjection<Order>(source, test.redis, quietLogger).projection
        let router = orderHistoryRouter(
          lookup: OrderLookup(reader: test.reader, orders: orders), hub: TrackingHub(reader: test.reader, logger: quietLogger),
          health: Health(), authenticator: nil)
        let routes = router.routes.filter { $0.method != .head }.map { route in
          "\(route.method.rawValue.lowercased()) /" + route.path.components.map(Self.text).joined(separator: "/")
        }
        #expect(described.subtracting(Self.shared) == Set(routes))
      }
    }
  }

  private static func text(_ component: RouterPath.Element) -> String {
    let text = component.description
    return text.hasPrefix(":") ? "{\(text.dropFirst())}" : text
  }

  /// What the parts that services share add, each where it is used.
  private static let shared: Set = [
    "post /admin/republish", "get /admin/events", "get /admin/events/{id}", "post /admin/reconcile", "get /admin/dead-letters",
    "post /admin/dead-letters/send-back", "get /admin/configuration", "put /admin/configuration/{key}",
    "delete /admin/configuration/{key}",
  ]

  @Test("It describes what the service has of the parts that services share, and nothing that it doesn't have")
  func administration() async throws {
    let described = try operations()
    try await withService { _, processes in
      let anybody = RESTClient(processes[0].url)
      for operation in Self.shared {
        let parts = operation.split(separator: " ")
        let path = String(parts[1]).replacing("{key}", with: "order.deadline").replacing("{id}", with: "\(Identifier.sample(1))")
        let answer = try await anybody.send(parts[0].uppercased(), path, parts[0] == "post" ? "{}" : nil)
        #expect(answer.status == (described.contains(operation) ? 401 : 404), "\(operation)")
      }
    }
  }
}
