/// Maps a path to its service and the permitted callers.
///
/// The first segment is the service, the rest is the service's own path. The first rule that matches applies; a path without a
/// rule requires a token.
struct RouteTable: Sendable {
  private let services: [String: [RouteRule]]

  init(_ services: [String: [RouteRule]]) {
    self.services = services.mapValues { Self.common + $0 }
  }

  var serviceNames: [String] { services.keys.sorted() }

  /// - Returns: `nil` if there is no such service, or no path after its name.
  func match(method: String, _ target: RequestTarget) -> RouteMatch? {
    guard let service = target.segments.first, let rules = services[service], let rest = target.dropping(prefix: service) else {
      return nil
    }
    let segments = target.segments.dropFirst()
    guard let rule = rules.first(where: { $0.matches(method, segments) }) else {
      return RouteMatch(
        service: service, target: rest, label: "/\(service)/…", access: .authenticated, isLongLived: false, isIdempotent: false)
    }
    let access = rule.internalParameters.isDisjoint(with: target.parameters) ? rule.access : .internalOnly
    return RouteMatch(
      service: service, target: rest, label: "/\(service)\(rule.label)", access: access, isLongLived: rule.isLongLived,
      isIdempotent: rule.isIdempotent)
  }

  /// Rules of every service, applied before its own.
  private static let common = [
    RouteRule(nil, "/metrics", .internalOnly), RouteRule(nil, "/livez", .internalOnly), RouteRule(nil, "/readyz", .internalOnly),
    RouteRule("GET", "/openapi.yaml", .public), RouteRule(nil, "/admin/**", .operatorOnly),
    RouteRule(nil, "/*/versions", .internalOnly),
  ]

  /// The routes of the system, one array per service. The card network simulator is not part of the system and has none.
  static let standard = RouteTable([
    "identity": [
      RouteRule("POST", "/accounts", .public), RouteRule("POST", "/sessions", .public),
      RouteRule("POST", "/sessions/refresh", .public), RouteRule("POST", "/sessions/end", .public),
      RouteRule("GET", "/.well-known/jwks.json", .public), RouteRule(nil, "/token", .internalOnly),
      RouteRule("GET", "/accounts", .authenticated, internalParameters: ["ids"]),
      RouteRule("GET", "/accounts/me", .authenticated),
      RouteRule("GET", "/accounts/*", .authenticated), RouteRule("PUT", "/accounts/*/password", .authenticated),
      RouteRule("PUT", "/accounts/*/status", .operatorOnly),
    ],
    "shop": [
      RouteRule("GET", "/shops", .public, internalParameters: ["ids"]), RouteRule("GET", "/shops/*", .public),
      RouteRule("POST", "/shops", .authenticated, isIdempotent: true), RouteRule(nil, "/shops/*", .authenticated),
      RouteRule("PUT", "/shops/*/status", .authenticated), RouteRule("POST", "/shops/*/menu", .authenticated, isIdempotent: true),
      RouteRule(nil, "/shops/*/menu/*", .authenticated),
    ],
    "shop-listing": [
      RouteRule("GET", "/listings", .public), RouteRule("GET", "/listings/*", .public),
      RouteRule("GET", "/search", .public),
    ],
    "order": [
      RouteRule("GET", "/orders", .authenticated, internalParameters: ["ids"]),
      RouteRule("POST", "/orders", .authenticated, isIdempotent: true),
      RouteRule("GET", "/orders/*", .authenticated), RouteRule("GET", "/orders/*/events", .authenticated),
      RouteRule("GET", "/orders/*/saga", .authenticated), RouteRule("POST", "/orders/*/accept", .authenticated),
      RouteRule("POST", "/orders/*/reject", .authenticated), RouteRule("POST", "/orders/*/cancel", .authenticated),
    ],
    "payment": [
      RouteRule("POST", "/provider/webhooks", .public), RouteRule("POST", "/payments", .internalOnly),
      RouteRule("GET", "/payments", .authenticated, internalParameters: ["ids"]), RouteRule("GET", "/payments/*", .authenticated),
      RouteRule("POST", "/payments/*/*", .operatorOnly, isIdempotent: true), RouteRule("GET", "/ledger/*", .operatorOnly),
    ],
    "rider": [
      RouteRule("POST", "/riders", .authenticated), RouteRule("GET", "/riders/*", .authenticated),
      RouteRule("PUT", "/riders/*/status", .authenticated), RouteRule("PUT", "/riders/*/location", .authenticated),
      RouteRule("GET", "/riders/*/offers", .authenticated, isLongLived: true),
      RouteRule("GET", "/deliveries", .authenticated, internalParameters: ["ids"]),
      RouteRule("POST", "/deliveries/cancel", .operatorOnly),
      RouteRule("GET", "/deliveries/*", .authenticated), RouteRule("POST", "/deliveries/*/*", .authenticated),
    ],
    "review": [
      RouteRule("GET", "/reviews", .public, internalParameters: ["ids"]),
      RouteRule("POST", "/reviews", .authenticated, isIdempotent: true),
      RouteRule("GET", "/reviews/*", .public), RouteRule("DELETE", "/reviews/*", .authenticated),
      RouteRule("POST", "/reviews/*/reply", .authenticated), RouteRule("GET", "/ratings", .public),
      RouteRule("GET", "/customers/*/invitations", .authenticated),
    ],
    "order-history": [
      RouteRule("GET", "/orders/*", .authenticated), RouteRule("GET", "/orders/*/track", .authenticated, isLongLived: true),
      RouteRule("GET", "/customers/*/orders", .authenticated), RouteRule("GET", "/shops/*/orders", .authenticated),
    ],
  ])
}
