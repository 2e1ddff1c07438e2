import Testing

@testable import GatewayService

@Suite("The route table")
struct RouteTableTests {
  @Test(
    "Each route has its access and its label",
    arguments: [
      ("GET", "/shop-listing/listings?district=mapo", Access.public, "/shop-listing/listings"),
      ("HEAD", "/shop-listing/listings", .public, "/shop-listing/listings"),
      ("GET", "/shop-listing/listings/x", .public, "/shop-listing/listings/{id}"),
      ("GET", "/shop-listing/search?q=a", .public, "/shop-listing/search"),
      ("POST", "/shop-listing/listings", .authenticated, "/shop-listing/…"),
      ("GET", "/shop/shops", .public, "/shop/shops"), ("GET", "/shop/shops/x", .public, "/shop/shops/{id}"),
      ("POST", "/shop/shops", .authenticated, "/shop/shops"), ("PATCH", "/shop/shops/x", .authenticated, "/shop/shops/{id}"),
      ("GET", "/shop/shops?ids=a,b", .internalOnly, "/shop/shops"),
      ("GET", "/shop/shops?x=1&i%64s=a", .internalOnly, "/shop/shops"),
      ("GET", "/shop/shops/versions", .internalOnly, "/shop/{id}/versions"),
      ("GET", "/shop/metrics", .internalOnly, "/shop/metrics"), ("GET", "/shop/m%65trics", .internalOnly, "/shop/metrics"),
      ("GET", "/order/livez", .internalOnly, "/order/livez"), ("GET", "/order/readyz", .internalOnly, "/order/readyz"),
      ("GET", "/order/openapi.yaml", .public, "/order/openapi.yaml"),
      ("POST", "/order/admin/republish", .operatorOnly, "/order/admin/…"),
      ("GET", "/order/admin", .operatorOnly, "/order/admin/…"),
      ("POST", "/order/orders", .authenticated, "/order/orders"), ("GET", "/order/orders?ids=a", .internalOnly, "/order/orders"),
      ("POST", "/order/orders/x/accept", .authenticated, "/order/orders/{id}/accept"),
      ("POST", "/identity/sessions", .public, "/identity/sessions"),
      ("GET", "/identity/.well-known/jwks.json", .public, "/identity/.well-known/jwks.json"),
      ("POST", "/identity/token", .internalOnly, "/identity/token"),
      ("POST", "/identity/admin/keys/rotate", .operatorOnly, "/identity/admin/…"),
      ("PUT", "/identity/accounts/x/status", .operatorOnly, "/identity/accounts/{id}/status"),
      ("POST", "/payment/provider/webhooks", .public, "/payment/provider/webhooks"),
      ("POST", "/payment/payments", .internalOnly, "/payment/payments"),
      ("POST", "/payment/payments/x/refund", .operatorOnly, "/payment/payments/{id}/{id}"),
      ("GET", "/payment/payments/x", .authenticated, "/payment/payments/{id}"),
      ("POST", "/rider/deliveries/cancel", .operatorOnly, "/rider/deliveries/cancel"),
      ("POST", "/rider/deliveries/x/accept", .authenticated, "/rider/deliveries/{id}/{id}"),
      ("GET", "/review/ratings?shopIds=a", .public, "/review/ratings"),
      ("DELETE", "/order/anything/else", .authenticated, "/order/…"),
    ])
  func access(method: String, target: String, access: Access, label: String) throws {
    let requestTarget = try #require(RequestTarget(target))
    let match = try #require(RouteTable.standard.match(method: method, requestTarget))
    #expect(match.access == access)
    #expect(match.label == label)
  }

  @Test(
    "Routes that honour an Idempotency-Key are marked as such",
    arguments: [
      ("POST", "/order/orders", true), ("POST", "/shop/shops", true), ("POST", "/shop/shops/x/menu", true),
      ("POST", "/review/reviews", true), ("POST", "/payment/payments/x/capture", true),
      ("POST", "/payment/payments/x/void", true), ("POST", "/payment/payments/x/refund", true),
      ("POST", "/identity/sessions", false), ("POST", "/identity/sessions/refresh", false),
      ("POST", "/identity/accounts", false), ("POST", "/order/orders/x/accept", false),
      ("PATCH", "/shop/shops/x", false), ("PATCH", "/shop/shops/x/menu/y", false), ("POST", "/review/reviews/x/reply", false),
      ("POST", "/rider/deliveries/x/accept", false), ("POST", "/order/anything/else", false),
    ])
  func idempotentRequest(method: String, target: String, isIdempotent: Bool) throws {
    let requestTarget = try #require(RequestTarget(target))
    let match = try #require(RouteTable.standard.match(method: method, requestTarget))
    #expect(match.isIdempotent == isIdempotent)
  }

  @Test(
    "Paths of no service have no match",
    arguments: ["/", "/shop", "/payment-provider/authorizations", "/nothing/here", "/%73hop/shops"])
  func nothing(target: String) throws {
    #expect(RouteTable.standard.match(method: "GET", try #require(RequestTarget(target))) == nil)
  }

  @Test("The service gets its own target unchanged")
  func ownPath() throws {
    let target = try #require(RequestTarget("/shop-listing/search?q=%EC%B9%98%ED%82%A8&district=mapo"))
    #expect(RouteTable.standard.match(method: "GET", target)?.target == "/search?q=%EC%B9%98%ED%82%A8&district=mapo")
  }

  @Test(
    "Ambiguous targets are rejected",
    arguments: [
      "", "shop", "http://a/shop", "*", "//shop", "/shop//shops", "/shop/", "/shop/.", "/shop/..", "/shop/../order",
      "/shop/%2e%2e/order",
      "/shop/.%2E/x", "/shop/a%2fb", "/shop/a%2Fb", "/shop/a%5cb", "/shop/a\\b", "/shop/%00", "/shop/%0d%0a", "/shop/%7f",
      "/shop/%",
      "/shop/%2", "/shop/%zz", "/shop/a b", "/shop/a#b", "/shop/ä", "/shop/%252e%252e/x", "/shop/<x>", "/shop/\u{1}",
      "/shop/%ff%fe",
      "/shop/x?a=%", "/shop/x?a=%0", "/shop/x?%00", "/shop/x?a=\"", "/shop/...",
    ])
  func ambiguous(target: String) {
    #expect(RequestTarget(target) == nil)
  }

  @Test(
    "Unambiguous targets are accepted unchanged",
    arguments: [
      "/", "/shop/shops", "/shop/shops?cursor=abc-_.~&limit=2", "/shop-listing/search?q=a+b%20c&x=%2e%2f",
      "/identity/.well-known/jwks.json",
      "/shop/openapi.yaml", "/order/orders/0198c0de-0000-7abc-8def-000000000001", "/a/b;c=d:e@f!$&'()*+,g", "/a?b?c=/d", "/a?",
      "/a?&&",
    ])
  func unambiguous(target: String) {
    #expect(RequestTarget(target)?.raw == target)
  }
}
