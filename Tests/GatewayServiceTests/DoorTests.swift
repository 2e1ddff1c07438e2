import Auth
import Contracts
import Hummingbird
import NIOCore
import TestSupport
import Testing
import Web

@testable import GatewayService

@Suite("Who comes in")
struct DoorTests {
  @Test("What is public needs no token, and a bad one takes nothing away")
  func everyone() async throws {
    try await withGateway { ingress, upstream in
      let listings = try await ingress.client.get("/shop-listing/listings")
      #expect(listings.status == 200)
      #expect(try await ingress.client.get("/shop/shops/x", headers: ["Authorization": "Bearer nonsense"]).status == 200)
      #expect(try await ingress.client.send("POST", "/identity/sessions", "{}").status == 200)
      #expect(try await ingress.client.send("POST", "/payment/provider/webhooks", "{}").status == 200)
      #expect(upstream.targets == ["/listings", "/shops/x", "/sessions", "/provider/webhooks"])
    }
  }

  @Test("Everything else needs a token, and says by which scheme")
  func token() async throws {
    try await withGateway { ingress, upstream in
      let none = try await ingress.client.get("/order/orders/x")
      #expect(none.status == 401 && none.code == "unauthorized")
      #expect(none.header("WWW-Authenticate") == #"Bearer realm="baedal""#)
      for wrong in ["Bearer nonsense", "Basic eDp5", "Bearer", "bearer  x", "Bearer a b"] {
        let answer = try await ingress.client.get("/order/orders/x", headers: ["Authorization": wrong])
        #expect(answer.status == 401 && answer.code == "invalid_token", "\(wrong)")
        #expect(answer.header("WWW-Authenticate")?.contains(#"error="invalid_token""#) == true)
      }
      #expect(upstream.requests.isEmpty)
      #expect(try await ingress.client.get("/order/orders/x", headers: try await bearer(.customer)).status == 200)
    }
  }

  @Test("A request with two tokens is none's")
  func twoTokens() async throws {
    try await withGateway { ingress, upstream in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let answer = try await ingress.raw(
        "GET /order/orders/x HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n"
      )
      #expect(answer.statuses == [401])
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("Administration is for operators, and services don't come by this ingress")
  func roles() async throws {
    try await withGateway { ingress, upstream in
      for role: Principal.Role in [.customer, .owner, .rider, .service] {
        #expect(
          try await ingress.client.send("POST", "/order/admin/republish", "{}", headers: try await bearer(role)).status == 403)
      }
      let service = try await ingress.client.get("/order/orders/x", headers: try await bearer(.service))
      #expect(service.status == 403)
      #expect(upstream.requests.isEmpty)
      #expect(
        try await ingress.client.send("POST", "/order/admin/republish", "{}", headers: try await bearer(.operator)).status == 200)
    }
  }

  @Test(
    "What is for nobody outside isn't there, not even for operators",
    arguments: [
      "/order/metrics", "/order/livez", "/order/orders/versions", "/order/orders?ids=a", "/identity/token", "/payment-provider/x",
    ])
  func never(target: String) async throws {
    try await withGateway { ingress, upstream in
      let answer = try await ingress.client.get(target, headers: try await bearer(.operator))
      #expect(answer.status == 404 && answer.code == "not_found")
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("The gateway's own pages are its own")
  func own() async throws {
    try await withGateway { ingress, upstream in
      let live = try await ingress.client.get("/livez")
      #expect(live.status == 200)
      #expect(try await ingress.client.get("/readyz").status == 200)
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("Only proxies that are ours are believed about where a request comes from")
  func addresses() {
    #expect(ForwardedClientAddress(peer: "9.9.9.9", sent: "1.1.1.1, 2.2.2.2", trusted: 0).client == "9.9.9.9")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", sent: "1.1.1.1, 2.2.2.2", trusted: 1).client == "2.2.2.2")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", sent: "1.1.1.1, 2.2.2.2", trusted: 2).client == "1.1.1.1")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", sent: "", trusted: 2).client == "10.0.0.1")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", sent: "2.2.2.2", trusted: 2).client == "2.2.2.2")
    #expect(ForwardedClientAddress(peer: "unknown", sent: "", trusted: 0).limited == "unknown")
    #expect(ForwardedClientAddress(peer: "2001:db8:1:2:3:4:5:6", sent: "", trusted: 0).limited == "2001:db8:1:2::/64")
    #expect(ForwardedClientAddress(peer: "2001:db8::6", sent: "", trusted: 0).limited == "2001:db8::/64")
  }

  @Test(
    "What our own proxy wrote counts, whatever it is, and never what came before it; a port or a notation makes no other client",
    arguments: [
      ("1.2.3.4:5678", "1.2.3.4", "1.2.3.4"), ("::ffff:1.2.3.4", "1.2.3.4", "1.2.3.4"),
      ("[2001:db8::1]:443", "2001:db8::1", "2001:db8::/64"), ("2001:DB8:0:0::1", "2001:db8::1", "2001:db8::/64"),
      ("unix:", "10.0.0.1", "10.0.0.1"), ("unknown", "10.0.0.1", "10.0.0.1"), ("", "10.0.0.1", "10.0.0.1"),
    ])
  func ownHop(entry: String, client: String, limited: String) {
    let address = ForwardedClientAddress(peer: "::ffff:10.0.0.1", sent: "6.6.6.6, \(entry)", trusted: 1)
    #expect(address.client == client)
    #expect(address.limited == limited)
  }

  @Test(
    "Every request takes a token of its address first, whatever becomes of it",
    arguments: [
      ("/nothing/here", 404), ("/order", 404), ("/order/metrics", 404), ("/order/orders/x", 401), ("/bff/rider/screen", 401),
      ("/admin/configuration", 401), ("/metrics", 200), ("/openapi.yaml", 200), ("/shop/shops/x", 200),
    ])
  func addressFirst(target: String, status: Int) async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.address = RateRule(perSecond: 1, burst: 3)
    try await withGateway(configuration) { ingress, _ in
      var answers: [RESTAnswer] = []
      let token = status == 401 ? ["Authorization": "Bearer nonsense"] : [:]
      for _ in 0..<8 { answers.append(try await ingress.client.get(target, headers: token)) }
      #expect(answers.first?.status == status)
      #expect(answers.contains { $0.status == 429 && $0.code == "too_many_requests" && $0.header("Retry-After") != nil })
      // Whoever looks after the process isn't kept from it.
      for path in ["/livez", "/readyz"] { #expect(try await ingress.client.get(path).status == 200) }
    }
  }

  @Test("No request is counted twice", arguments: ["/order/orders/x", "/bff/rider/screen", "/openapi.yaml"])
  func once(target: String) async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.address = RateRule(perSecond: 1, burst: 10)
    try await withGateway(configuration) { ingress, _ in
      let answer = try await ingress.client.get(target, headers: try await bearer(.rider))
      #expect(answer.status == 200)
      #expect(answer.header("RateLimit-Limit") == "10" && answer.header("RateLimit-Remaining") == "9")
    }
  }
}
