import Auth
import Contracts
import Hummingbird
import NIOCore
import TestSupport
import Testing
import Web

@testable import GatewayService

@Suite("Authentication and authorization at the gateway")
struct IngressTests {
  @Test("Public routes need no token, and ignore an invalid one")
  func publicRoutes() async throws {
    try await withGateway { gateway, upstream in
      let listings = try await gateway.client.get("/shop-listing/listings")
      #expect(listings.status == 200)
      #expect(try await gateway.client.get("/shop/shops/x", headers: ["Authorization": "Bearer nonsense"]).status == 200)
      #expect(try await gateway.client.send("POST", "/identity/sessions", "{}").status == 200)
      #expect(try await gateway.client.send("POST", "/payment/provider/webhooks", "{}").status == 200)
      #expect(upstream.targets == ["/listings", "/shops/x", "/sessions", "/provider/webhooks"])
    }
  }

  @Test("Other routes require a token and name the scheme in WWW-Authenticate")
  func token() async throws {
    try await withGateway { gateway, upstream in
      let none = try await gateway.client.get("/order/orders/x")
      #expect(none.status == 401 && none.code == "unauthorized")
      #expect(none.header("WWW-Authenticate") == #"Bearer realm="baedal""#)
      for invalid in ["Bearer nonsense", "Basic eDp5", "Bearer", "bearer  x", "Bearer a b"] {
        let response = try await gateway.client.get("/order/orders/x", headers: ["Authorization": invalid])
        #expect(response.status == 401 && response.code == "invalid_token", "\(invalid)")
        #expect(response.header("WWW-Authenticate")?.contains(#"error="invalid_token""#) == true)
      }
      #expect(upstream.requests.isEmpty)
      #expect(try await gateway.client.get("/order/orders/x", headers: try await bearer(.customer)).status == 200)
    }
  }

  @Test("A request with two tokens is rejected")
  func twoTokens() async throws {
    try await withGateway { gateway, upstream in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let response = try await gateway.raw(
        "GET /order/orders/x HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n"
      )
      #expect(response.statuses == [401])
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("Administration routes require the operator role, and service tokens are rejected")
  func roles() async throws {
    try await withGateway { gateway, upstream in
      for role: Principal.Role in [.customer, .owner, .rider, .service] {
        #expect(
          try await gateway.client.send("POST", "/order/admin/republish", "{}", headers: try await bearer(role)).status == 403)
      }
      let service = try await gateway.client.get("/order/orders/x", headers: try await bearer(.service))
      #expect(service.status == 403)
      #expect(upstream.requests.isEmpty)
      #expect(
        try await gateway.client.send("POST", "/order/admin/republish", "{}", headers: try await bearer(.operator)).status == 200)
    }
  }

  @Test(
    "Internal routes are 404, also for operators",
    arguments: [
      "/order/metrics", "/order/livez", "/order/orders/versions", "/order/orders?ids=a", "/identity/token", "/payment-provider/x",
    ])
  func internalRoutes(target: String) async throws {
    try await withGateway { gateway, upstream in
      let response = try await gateway.client.get(target, headers: try await bearer(.operator))
      #expect(response.status == 404 && response.code == "not_found")
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("The gateway's own probes are not forwarded")
  func own() async throws {
    try await withGateway { gateway, upstream in
      let live = try await gateway.client.get("/livez")
      #expect(live.status == 200)
      #expect(try await gateway.client.get("/readyz").status == 200)
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("Only the entries of trusted proxies in X-Forwarded-For are used")
  func addresses() {
    #expect(ForwardedClientAddress(peer: "9.9.9.9", received: "1.1.1.1, 2.2.2.2", trusted: 0).client == "9.9.9.9")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", received: "1.1.1.1, 2.2.2.2", trusted: 1).client == "2.2.2.2")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", received: "1.1.1.1, 2.2.2.2", trusted: 2).client == "1.1.1.1")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", received: "", trusted: 2).client == "10.0.0.1")
    #expect(ForwardedClientAddress(peer: "10.0.0.1", received: "2.2.2.2", trusted: 2).client == "2.2.2.2")
    #expect(ForwardedClientAddress(peer: "unknown", received: "", trusted: 0).network == "unknown")
    #expect(ForwardedClientAddress(peer: "2001:db8:1:2:3:4:5:6", received: "", trusted: 0).network == "2001:db8:1:2::/64")
    #expect(ForwardedClientAddress(peer: "2001:db8::6", received: "", trusted: 0).network == "2001:db8::/64")
  }

  @Test(
    "The entry of the trusted proxy is used even if it is no address, never the one before it; ports and notations are normalized",
    arguments: [
      ("1.2.3.4:5678", "1.2.3.4", "1.2.3.4"), ("::ffff:1.2.3.4", "1.2.3.4", "1.2.3.4"),
      ("[2001:db8::1]:443", "2001:db8::1", "2001:db8::/64"), ("2001:DB8:0:0::1", "2001:db8::1", "2001:db8::/64"),
      ("unix:", "10.0.0.1", "10.0.0.1"), ("unknown", "10.0.0.1", "10.0.0.1"), ("", "10.0.0.1", "10.0.0.1"),
    ])
  func proxyEntry(entry: String, client: String, network: String) {
    let address = ForwardedClientAddress(peer: "::ffff:10.0.0.1", received: "6.6.6.6, \(entry)", trusted: 1)
    #expect(address.client == client)
    #expect(address.network == network)
  }

  @Test(
    "Every request counts against the rate limit of its address, whatever its result",
    arguments: [
      ("/nothing/here", 404), ("/order", 404), ("/order/metrics", 404), ("/order/orders/x", 401), ("/bff/rider/board", 401),
      ("/admin/configuration", 401), ("/metrics", 200), ("/openapi.yaml", 200), ("/shop/shops/x", 200),
    ])
  func addressFirst(target: String, status: Int) async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.address = RateRule(perSecond: 1, burst: 3)
    try await withGateway(configuration) { gateway, _ in
      var responses: [RESTAnswer] = []
      let token = status == 401 ? ["Authorization": "Bearer nonsense"] : [:]
      for _ in 0..<8 { responses.append(try await gateway.client.get(target, headers: token)) }
      #expect(responses.first?.status == status)
      #expect(responses.contains { $0.status == 429 && $0.code == "too_many_requests" && $0.header("Retry-After") != nil })
      // Health probes are not limited.
      for path in ["/livez", "/readyz"] { #expect(try await gateway.client.get(path).status == 200) }
    }
  }

  @Test("No request is counted twice", arguments: ["/order/orders/x", "/bff/rider/board", "/openapi.yaml"])
  func once(target: String) async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.address = RateRule(perSecond: 1, burst: 10)
    try await withGateway(configuration) { gateway, _ in
      let response = try await gateway.client.get(target, headers: try await bearer(.rider))
      #expect(response.status == 200)
      #expect(response.header("RateLimit-Limit") == "10" && response.header("RateLimit-Remaining") == "9")
    }
  }
}
