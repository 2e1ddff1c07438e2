import Auth
import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import GatewayService

@Suite("The screens")
struct ScreenTests {
  private static func document(_ text: String) -> Response {
    Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// Answers each path as the services do; a path whose first segment is in `away` hangs.
  private func upstream(away: Set<String> = [], forbidden: Set<String> = []) -> FakeUpstream {
    FakeUpstream { request, _ in
      let path = request.uri.path
      if away.contains(where: { path.hasPrefix($0) }) { try await Task.sleep(for: .seconds(3)) }
      if forbidden.contains(where: { path.hasPrefix($0) }) { return Response(status: .forbidden) }
      if path == "/orders/\(Identifier.other)" { return Response(status: .notFound) }
      if path.hasPrefix("/orders/") { return Self.document(#"{"order":{"shopId":"\#(Identifier.other)"}}"#) }
      return Self.document(#"{"of":"\#(path)"}"#)
    }
  }

  @Test("A customer's home is one call for three, in the customer's name, side by side")
  func home() async throws {
    try await withGateway(upstream: upstream()) { ingress, upstream in
      let answer = try await ingress.client.get("/bff/customer/home?district=mapo", headers: try await bearer(.customer))
      #expect(answer.status == 200 && answer.header("Cache-Control") == "private, no-store")
      #expect(
        answer.text
          == #"{"shops":{"of":"/listings"},"orders":{"of":"/customers/\#(Identifier.sample)/orders"},"invitations":{"of":"/customers/\#(Identifier.sample)/invitations"},"unavailable":[]}"#
      )
      #expect(upstream.targets.contains("/listings?sort=rating&limit=20&district=mapo"))
      let token = try await bearer(.customer)["Authorization"]
      #expect(upstream.requests.allSatisfy { $0.fields[.authorization] == token })
      #expect(upstream.requests.allSatisfy { $0.fields[.init("X-Request-Id")!] == answer.header("X-Request-Id") })
    }
  }

  @Test("What is away is null and named, and nobody waits for it longer than the deadline")
  func partial() async throws {
    try await withGateway(upstream: upstream(away: ["/customers"])) { ingress, _ in
      let start = ContinuousClock.now
      let answer = try await ingress.client.get("/bff/customer/home", headers: try await bearer(.customer))
      #expect(answer.status == 200)
      #expect(
        answer.text == #"{"shops":{"of":"/listings"},"orders":null,"invitations":null,"unavailable":["orders","invitations"]}"#)
      #expect(ContinuousClock.now - start < .seconds(2))
    }
  }

  @Test("With everything away the screen is empty and says so")
  func nothing() async throws {
    try await withGateway(instances: [:]) { ingress in
      let answer = try await ingress.client.get("/bff/rider/screen", headers: try await bearer(.rider))
      #expect(answer.status == 200 && answer.text == #"{"rider":null,"offers":null,"unavailable":["rider","offers"]}"#)
    }
  }

  @Test("An order's page has its shop; without the history the order's owner is asked; an unknown order is 404")
  func orderPage() async throws {
    let path = "/bff/customer/orders/\(Identifier.sample)"
    try await withGateway(upstream: upstream()) { ingress, upstream in
      let whole = try await ingress.client.get(path, headers: try await bearer(.customer))
      #expect(
        whole.text.contains(#""shop":{"of":"/listings/\#(Identifier.other)"}"#) && whole.text.hasSuffix(#""unavailable":[]}"#))
      let unknown = try await ingress.client.get("/bff/customer/orders/\(Identifier.other)", headers: try await bearer(.customer))
      #expect(unknown.status == 404 && unknown.code == "order_not_found")
      #expect(try await ingress.client.get("/bff/customer/orders/x", headers: try await bearer(.customer)).code == "invalid_id")
    }
    let owner = FakeUpstream { _, _ in Self.document(#"{"shopId":"\#(Identifier.other)","status":"paid"}"#) }
    try await owner.serving { url in
      try await withGateway(instances: ["order": [url], "shop-listing": [url]]) { ingress in
        let answer = try await ingress.client.get(path, headers: try await bearer(.customer))
        #expect(answer.status == 200 && answer.text.contains(#""status":"paid""#))
        #expect(answer.text.hasPrefix(#"{"history":null,"order":{"#) && answer.text.hasSuffix(#""unavailable":["history"]}"#))
      }
    }
  }

  @Test("Each screen is for its role, and a refusal of a service is the answer")
  func roles() async throws {
    try await withGateway(upstream: upstream(forbidden: ["/shops"])) { ingress, upstream in
      let screens: [(String, Principal.Role)] = [
        ("/bff/customer/home", .customer), ("/bff/customer/orders/\(Identifier.sample)", .customer),
        ("/bff/owner/screen?shopId=\(Identifier.sample)", .owner), ("/bff/rider/screen", .rider),
      ]
      for (path, role) in screens {
        let answer = try await ingress.client.get(path)
        #expect(answer.status == 401)
        for other in Principal.Role.allCases where other != role {
          #expect(try await ingress.client.get(path, headers: try await bearer(other)).status == 403, "\(path) \(other)")
        }
      }
      #expect(upstream.requests.isEmpty)
      #expect(try await ingress.client.get(screens[2].0, headers: try await bearer(.owner)).status == 403)
      #expect(try await ingress.client.get("/bff/owner/screen", headers: try await bearer(.owner)).code == "invalid_query")
      #expect(
        try await ingress.client.get("/bff/customer/home?x=1", headers: try await bearer(.customer)).code == "invalid_query")
      #expect(try await ingress.client.get("/bff/nothing", headers: try await bearer(.customer)).status == 404)
    }
  }
}
