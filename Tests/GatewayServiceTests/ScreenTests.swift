import Auth
import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import GatewayService

@Suite("BFF screens")
struct ScreenTests {
  private static func document(_ text: String) -> Response {
    Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// Responds as the services do, but not in time to paths with a prefix in `hanging`.
  private func upstream(hanging: Set<String> = [], forbidden: Set<String> = []) -> FakeUpstream {
    FakeUpstream { request, _ in
      let path = request.uri.path
      if hanging.contains(where: { path.hasPrefix($0) }) { try await Task.sleep(for: .seconds(4)) }
      if forbidden.contains(where: { path.hasPrefix($0) }) { return Response(status: .forbidden) }
      if path == "/orders/\(Identifier.other)" { return Response(status: .notFound) }
      if path.hasPrefix("/orders/") { return Self.document(#"{"order":{"shopId":"\#(Identifier.other)"}}"#) }
      return Self.document(#"{"of":"\#(path)"}"#)
    }
  }

  @Test("The customer's home screen combines three services' responses, fetched with the customer's token")
  func home() async throws {
    try await withGateway(upstream: upstream()) { gateway, upstream in
      let response = try await gateway.client.get("/bff/customer/home?district=mapo", headers: try await bearer(.customer))
      #expect(response.status == 200 && response.header("Cache-Control") == "private, no-store")
      #expect(
        response.text
          == #"{"shops":{"of":"/listings"},"orders":{"of":"/customers/\#(Identifier.sample)/orders"},"invitations":{"of":"/customers/\#(Identifier.sample)/invitations"},"unavailable":[]}"#
      )
      #expect(upstream.targets.contains("/listings?sort=rating&limit=20&district=mapo"))
      let token = try await bearer(.customer)["Authorization"]
      #expect(upstream.requests.allSatisfy { $0.fields[.authorization] == token })
      #expect(upstream.requests.allSatisfy { $0.fields[.init("X-Request-Id")!] == response.header("X-Request-Id") })
    }
  }

  @Test("An unavailable part is null and listed, and the response is sent within the deadline")
  func partial() async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.screenDeadline = .milliseconds(500)
    try await withGateway(configuration, upstream: upstream(hanging: ["/customers"])) { gateway, _ in
      let start = ContinuousClock.now
      let response = try await gateway.client.get("/bff/customer/home", headers: try await bearer(.customer))
      #expect(response.status == 200)
      #expect(
        response.text == #"{"shops":{"of":"/listings"},"orders":null,"invitations":null,"unavailable":["orders","invitations"]}"#)
      // Before the hanging parts, and before the gateway's own deadline of three seconds.
      #expect(ContinuousClock.now - start < .seconds(3))
    }
  }

  @Test("With all services unavailable every part is null and listed")
  func allUnavailable() async throws {
    try await withGateway(instances: [:]) { gateway in
      let response = try await gateway.client.get("/bff/rider/board", headers: try await bearer(.rider))
      #expect(response.status == 200 && response.text == #"{"rider":null,"offers":null,"unavailable":["rider","offers"]}"#)
    }
  }

  @Test("The order screen has the shop's page; without the history it has the order service's document; an unknown order is 404")
  func order() async throws {
    let path = "/bff/customer/orders/\(Identifier.sample)"
    try await withGateway(upstream: upstream()) { gateway, upstream in
      let complete = try await gateway.client.get(path, headers: try await bearer(.customer))
      #expect(
        complete.text.contains(#""shop":{"of":"/listings/\#(Identifier.other)"}"#)
          && complete.text.hasSuffix(#""unavailable":[]}"#))
      let unknown = try await gateway.client.get("/bff/customer/orders/\(Identifier.other)", headers: try await bearer(.customer))
      #expect(unknown.status == 404 && unknown.code == "order_not_found")
      #expect(try await gateway.client.get("/bff/customer/orders/x", headers: try await bearer(.customer)).code == "invalid_id")
    }
    let orderService = FakeUpstream { _, _ in Self.document(#"{"shopId":"\#(Identifier.other)","status":"paid"}"#) }
    try await orderService.serving { url in
      try await withGateway(instances: ["order": [url], "shop-listing": [url]]) { gateway in
        let response = try await gateway.client.get(path, headers: try await bearer(.customer))
        #expect(response.status == 200 && response.text.contains(#""status":"paid""#))
        #expect(response.text.hasPrefix(#"{"history":null,"order":{"#) && response.text.hasSuffix(#""unavailable":["history"]}"#))
      }
    }
  }

  @Test("Each screen requires its role, and a service's 403 is forwarded")
  func roles() async throws {
    try await withGateway(upstream: upstream(forbidden: ["/shops"])) { gateway, upstream in
      let screens: [(String, Principal.Role)] = [
        ("/bff/customer/home", .customer), ("/bff/customer/orders/\(Identifier.sample)", .customer),
        ("/bff/owner/board?shopId=\(Identifier.sample)", .owner), ("/bff/rider/board", .rider),
      ]
      for (path, role) in screens {
        let response = try await gateway.client.get(path)
        #expect(response.status == 401)
        for other in Principal.Role.allCases where other != role {
          #expect(try await gateway.client.get(path, headers: try await bearer(other)).status == 403, "\(path) \(other)")
        }
      }
      #expect(upstream.requests.isEmpty)
      #expect(try await gateway.client.get(screens[2].0, headers: try await bearer(.owner)).status == 403)
      #expect(try await gateway.client.get("/bff/owner/board", headers: try await bearer(.owner)).code == "invalid_query")
      #expect(
        try await gateway.client.get("/bff/customer/home?x=1", headers: try await bearer(.customer)).code == "invalid_query")
      #expect(try await gateway.client.get("/bff/nothing", headers: try await bearer(.customer)).status == 404)
    }
  }
}
