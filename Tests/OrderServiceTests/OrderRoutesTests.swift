import Contracts
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Projections
import TestSupport
import Testing
import Web

@testable import OrderService

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The REST API of order")
struct OrderRoutesTests {
  private static let customer = "customer:\(OrderFixture.customer)"
  private static let owner = "owner:\(OrderFixture.owner)"
  private static let service = "service:\(Identifier.sample(9))"
  private static let stranger = Identifier.sample(77)

  /// The routes on a database of their own.
  private struct API {
    let fixture: OrderFixture
    let client: any TestClientProtocol

    func send(
      _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, as principal: String? = OrderRoutesTests.customer,
      headers: [String: String] = [:]
    ) async throws -> TestResponse {
      var fields = HTTPFields()
      fields[.contentType] = body == nil ? nil : "application/json"
      if let principal { fields[.authorization] = try await TokenIssuer.shared().authorization(for: principal) }
      for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
      return try await client.execute(uri: path, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) })
    }

    func place(_ body: String = OrderRoutesTests.body(), key: String = "k") async throws -> TestResponse {
      try await send(.post, "/orders", body, headers: ["Idempotency-Key": key])
    }

    /// An order whose payment is confirmed.
    func paid() async throws -> Order {
      try await fixture.apply(.confirmPayment, to: fixture.place())
    }
  }

  private func withAPI(_ body: @escaping @Sendable (API) async throws -> Void) async throws {
    try await OrderFixture.run { fixture in
      let router = try await Router.service(health: Health(), openAPI: [], authenticator: TokenIssuer.shared().verifier())
      OrderRoutes(store: fixture.store, placeOrder: fixture.placeOrder).add(to: router)
      OrderCommandRoutes(changeOrder: fixture.changeOrder).add(to: router)
      let application = Application(router: router, logger: quietLogger)
      try await application.test(.router) { client in try await body(API(fixture: fixture, client: client)) }
    }
  }

  private static func body(
    shop: Identifier = .sample(10), items: String? = nil, address: String = "월드컵로 1", latitude: String = "37.5",
    token: String = "tok"
  ) -> String {
    """
    {"shopId":"\(shop)","items":\(items ?? #"[{"menuItemId":"\#(Shop.fried)","quantity":1}]"#),"deliveryAddress":\
    {"address":"\(address)","location":{"latitude":\(latitude),"longitude":126.9}},"payment":{"token":"\(token)"}}
    """
  }

  @Test("An order is placed, and everyone who may see it reads the same document")
  func placesAndReads() async throws {
    try await withAPI { api in
      let created = try await api.place()
      #expect(created.status == .created)
      #expect(created.headers[.eTag] == #""v1""#)
      let order = try created.decode(Order.self)
      #expect(created.headers[.location] == "/orders/\(order.id)")
      #expect(order.total == Money(amount: 21_000))
      #expect(order.customerId == OrderFixture.customer)
      let `operator` = "operator:\(Identifier.sample(8))"
      for principal in [Self.customer, Self.owner, Self.service, `operator`] {
        let read = try await api.send(.get, "/orders/\(order.id)", as: principal)
        #expect(read.body == created.body, "\(principal)")
      }
      for principal in ["customer:\(Self.stranger)", "owner:\(Self.stranger)", "rider:\(OrderFixture.customer)"] {
        for path in ["/orders/\(order.id)", "/orders/\(order.id)?version=1", "/orders/\(order.id)/events"] {
          let read = try await api.send(.get, path, as: principal)
          #expect(read.status == .notFound && read.code == "order_not_found", "\(principal) \(path)")
        }
      }
      #expect(try await api.send(.get, "/orders/\(order.id)", as: nil).status == .unauthorized)
      let known = try await api.send(.get, "/orders/\(order.id)", headers: ["If-None-Match": #""v1""#])
      #expect(known.status == .notModified)
    }
  }

  @Test("The idempotency key is required; a repeated request gets the first response, another body is rejected")
  func keys() async throws {
    try await withAPI { api in
      let none = try await api.send(.post, "/orders", Self.body())
      #expect(none.status == .badRequest && none.code == "idempotency_key_required")
      let first = try await api.place()
      let second = try await api.place()
      #expect(second.status == .created)
      #expect(second.body == first.body)
      #expect(second.headers[HTTPField.Name("Idempotency-Replayed")!] == "true")
      let other = try await api.place(Self.body(address: "다른 곳"))
      #expect(other.status == .unprocessableContent && other.code == "idempotency_key_reused")
      #expect(try await api.fixture.psql("SELECT count(*) FROM order_snapshots") == "1")
    }
  }

  @Test("An order that cannot be placed is rejected with the reason")
  func refusals() async throws {
    try await withAPI { api in
      let unknown = try await api.place(Self.body(shop: .sample(11)))
      #expect(unknown.status == .notFound && unknown.code == "shop_not_found")
      let items = #"[{"menuItemId":"\#(Shop.fried)","quantity":1},{"menuItemId":"\#(Identifier.sample(900))","quantity":1}]"#
      let missing = try await api.place(Self.body(items: items))
      #expect(missing.status == .unprocessableContent && missing.code == "menu_item_not_found")
      #expect(String(buffer: missing.body).contains(#""pointer":"/items/1/menuItemId""#))
      let small = try await api.place(Self.body(items: #"[{"menuItemId":"\#(Shop.radish)","quantity":2}]"#))
      #expect(small.status == .unprocessableContent && small.code == "below_minimum_order")
      try await api.fixture.replica.write([.live(.sample(version: 2, price: OrderRules.maximumTotal.amount))])
      let large = try await api.place()
      #expect(large.status == .unprocessableContent && large.code == "total_too_large")
      try await api.fixture.replica.write([.live(.sample(version: 3, status: .paused))])
      let closed = try await api.place()
      #expect(closed.status == .conflict && closed.code == "shop_closed")
      #expect(try await api.send(.post, "/orders", Self.body(), as: Self.owner).status == .forbidden)
      // The response to a rejected request is not stored: its key can be used again.
      try await api.fixture.replica.write([.live(.sample(version: 4))])
      #expect(try await api.place().status == .created)
    }
  }

  @Test("Each invalid member of a body is reported")
  func bodies() async throws {
    try await withAPI { api in
      let fried = Shop.fried
      let line = #"{"menuItemId":"\#(fried)","quantity":1}"#
      let cases: [(String, String)] = [
        (Self.body(items: "[]"), "/items"),
        (Self.body(items: "[" + Array(repeating: line, count: 51).joined(separator: ",") + "]"), "/items"),
        (Self.body(items: "[\(line),\(line)]"), "/items/1/menuItemId"),
        (Self.body(items: #"[{"menuItemId":"\#(fried)","quantity":0}]"#), "/items/0/quantity"),
        (Self.body(items: #"[{"menuItemId":"\#(fried)","quantity":100}]"#), "/items/0/quantity"),
        (Self.body(items: #"[{"menuItemId":"\#(fried)","quantity":1.5}]"#), "/items/0/quantity"),
        (Self.body(items: #"[{"menuItemId":"\#(fried)","quantity":1,"price":1}]"#), "/items/0/price"),
        (Self.body(address: "   "), "/deliveryAddress/address"),
        (Self.body(address: String(repeating: "가", count: 201)), "/deliveryAddress/address"),
        (Self.body(latitude: "90.1"), "/deliveryAddress/location/latitude"),
        (Self.body(token: ""), "/payment/token"),
      ]
      for (body, pointer) in cases {
        let response = try await api.place(body)
        #expect(response.status == .unprocessableContent && response.code == "invalid_body", "\(pointer)")
        let text = String(buffer: response.body)
        #expect(text.contains(#""pointer":"\#(pointer)""#), "\(pointer): \(text)")
      }
      #expect(try await api.fixture.psql("SELECT count(*) FROM order_snapshots") == "0")
    }
  }

  @Test("The owner accepts once; the saga moves to the capture in the same statement")
  func accepts() async throws {
    try await withAPI { api in
      let order = try await api.paid()
      let path = "/orders/\(order.id)/accept"
      let stranger = try await api.send(.post, path, #"{"preparationMinutes":20}"#, as: "owner:\(Self.stranger)")
      #expect(stranger.status == .notFound)
      #expect(try await api.send(.post, path, #"{"preparationMinutes":20}"#, as: Self.customer).status == .forbidden)
      for minutes in ["0", "181", "null", "\"20\""] {
        let wrong = try await api.send(.post, path, #"{"preparationMinutes":\#(minutes)}"#, as: Self.owner)
        #expect(wrong.status == .unprocessableContent)
      }
      let stale = try await api.send(.post, path, #"{"preparationMinutes":20}"#, as: Self.owner, headers: ["If-Match": #""v1""#])
      #expect(stale.status == .preconditionFailed && stale.headers[.eTag] == #""v2""#)
      let accepted = try await api.send(
        .post, path, #"{"preparationMinutes":20}"#, as: Self.owner, headers: ["If-Match": #""v2""#])
      #expect(accepted.status == .ok)
      #expect(accepted.headers[.eTag] == #""v3""#)
      #expect(try accepted.decode(Order.self).preparationMinutes == 20)
      let again = try await api.send(.post, path, #"{"preparationMinutes":20}"#, as: Self.owner)
      #expect(again.status == .ok && again.body == accepted.body)
      let cancel = try await api.send(.post, "/orders/\(order.id)/cancel", #"{"reason":"x"}"#)
      #expect(cancel.status == .conflict && cancel.code == "illegal_transition")
      #expect(String(buffer: cancel.body).contains("cancel can't be done to an order that is accepted"))
      #expect(try await api.fixture.psql("SELECT step, status FROM checkout_sagas") == "capture|running")
      #expect(try await api.fixture.psql("SELECT actor FROM order_events WHERE version = 3") == Self.owner)
    }
  }

  @Test("The owner rejects and the customer cancels, with a reason")
  func givesUp() async throws {
    try await withAPI { api in
      let rejected = try await api.paid()
      let reject = try await api.send(.post, "/orders/\(rejected.id)/reject", #"{"reason":"재료 소진"}"#, as: Self.owner)
      #expect(try reject.decode(Order.self).status == .rejected)
      #expect(try reject.decode(Order.self).reason == "재료 소진")
      let placed = try await api.fixture.place()
      #expect(try await api.send(.post, "/orders/\(placed.id)/reject", #"{"reason":"x"}"#, as: Self.owner).status == .conflict)
      #expect(try await api.send(.post, "/orders/\(placed.id)/cancel", #"{"reason":" "}"#).status == .unprocessableContent)
      let cancel = try await api.send(.post, "/orders/\(placed.id)/cancel", #"{"reason":"잘못"}"#)
      #expect(try cancel.decode(Order.self).status == .cancelled)
      let steps = try await api.fixture.psql("SELECT DISTINCT step, status FROM checkout_sagas")
      #expect(steps == "void|compensating")
    }
  }

  @Test("The history and every earlier version of an order can be read")
  func timeTravel() async throws {
    try await withAPI { api in
      let order = try await api.paid()
      let events = String(buffer: try await api.send(.get, "/orders/\(order.id)/events").body)
      #expect(events.contains(#""type" : "order.paid""#))
      #expect(events.hasSuffix(#""nextCursor":null}"#))
      let first = try await api.send(.get, "/orders/\(order.id)?version=1").decode(Order.self)
      #expect(first.status == .placed && first.version == 1)
      let late = try await api.send(.get, "/orders/\(order.id)?version=3")
      #expect(late.status == .notFound && late.code == "version_not_found")
      for wrong in ["0", "-1", "x", "99999999999"] {
        #expect(try await api.send(.get, "/orders/\(order.id)?version=\(wrong)").status == .badRequest)
      }
    }
  }

  @Test("The lists require the service or operator role")
  func lists() async throws {
    try await withAPI { api in
      let order = try await api.fixture.place()
      let unknown = Identifier.sample(900)
      for path in ["/orders?ids=\(order.id)", "/orders/versions"] {
        #expect(try await api.send(.get, path).status == .forbidden)
        #expect(try await api.send(.get, path, as: Self.owner).status == .forbidden)
      }
      let batch = try await api.send(.get, "/orders?ids=\(order.id),\(unknown)", as: Self.service).decode(Batch<Order>.self)
      #expect(batch.items == [order])
      #expect(batch.unknown == [unknown])
      #expect(try await api.send(.get, "/orders", as: Self.service).status == .badRequest)
      let versions = try await api.send(.get, "/orders/versions", as: Self.service).decode(Page<AggregateVersion>.self)
      #expect(versions.items == [AggregateVersion(id: order.id, version: 1, deleted: false)])
    }
  }
}

extension TestResponse {
  fileprivate func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body.readableBytesView))
  }

  /// The `code` of a problem document.
  fileprivate var code: String? {
    struct Problem: Decodable { let code: String }
    return try? decode(Problem.self).code
  }
}
