/// Which service a path leads to, and who may ask there.
///
/// The first segment is the service, the rest is the service's own path. The first rule that matches decides; what no rule names needs a token.
struct RouteTable: Sendable {
  private let services: [String: [RouteRule]]

  init(_ services: [String: [RouteRule]]) {
    self.services = services.mapValues { Self.common + $0 }
  }

  var serviceNames: [String] { services.keys.sorted() }

  /// - Returns: `nil` when there is no such service, or nothing behind its name.
  func match(method: String, _ target: RequestTarget) -> RouteMatch? {
    guard let service = target.segments.first, let rules = services[service], let rest = target.dropping(prefix: service) else {
      return nil
    }
    let segments = target.segments.dropFirst()
    guard let rule = rules.first(where: { $0.matches(method, segments) }) else {
      return RouteMatch(
        service: service, target: rest, label: "/\(service)/…", access: .token, isPatient: false, isRepeatable: false)
    }
    let access = rule.refusing.isDisjoint(with: target.parameters) ? rule.access : .never
    return RouteMatch(
      service: service, target: rest, label: "/\(service)\(rule.label)", access: access, isPatient: rule.isPatient,
      isRepeatable: rule.isRepeatable)
  }

  /// What every service has.
  private static let common = [
    RouteRule(nil, "/metrics", .never), RouteRule(nil, "/livez", .never), RouteRule(nil, "/readyz", .never),
    RouteRule("GET", "/openapi.yaml", .everyone), RouteRule(nil, "/admin/**", .operatorOnly),
    RouteRule(nil, "/*/versions", .never),
  ]

  /// The system's own table. The card network's stand-in is not in it: it is no part of the system.
  static let standard = RouteTable([
    "identity": [
      RouteRule("POST", "/accounts", .everyone), RouteRule("POST", "/sessions", .everyone),
      RouteRule("POST", "/sessions/refresh", .everyone), RouteRule("POST", "/sessions/end", .everyone),
      RouteRule("GET", "/.well-known/jwks.json", .everyone), RouteRule(nil, "/token", .never),
      RouteRule("GET", "/accounts", .token, refusing: ["ids"]), RouteRule("GET", "/accounts/me", .token),
      RouteRule("GET", "/accounts/*", .token), RouteRule("PUT", "/accounts/*/password", .token),
      RouteRule("PUT", "/accounts/*/status", .operatorOnly),
    ],
    "shop": [
      RouteRule("GET", "/shops", .everyone, refusing: ["ids"]), RouteRule("GET", "/shops/*", .everyone),
      RouteRule("POST", "/shops", .token, isRepeatable: true), RouteRule(nil, "/shops/*", .token),
      RouteRule("PUT", "/shops/*/status", .token), RouteRule("POST", "/shops/*/menu", .token, isRepeatable: true),
      RouteRule(nil, "/shops/*/menu/*", .token),
    ],
    "shop-listing": [
      RouteRule("GET", "/listings", .everyone), RouteRule("GET", "/listings/*", .everyone),
      RouteRule("GET", "/search", .everyone),
    ],
    "order": [
      RouteRule("GET", "/orders", .token, refusing: ["ids"]), RouteRule("POST", "/orders", .token, isRepeatable: true),
      RouteRule("GET", "/orders/*", .token), RouteRule("GET", "/orders/*/events", .token),
      RouteRule("GET", "/orders/*/saga", .token), RouteRule("POST", "/orders/*/accept", .token),
      RouteRule("POST", "/orders/*/reject", .token), RouteRule("POST", "/orders/*/cancel", .token),
    ],
    "payment": [
      RouteRule("POST", "/provider/webhooks", .everyone), RouteRule("POST", "/payments", .never),
      RouteRule("GET", "/payments", .token, refusing: ["ids"]), RouteRule("GET", "/payments/*", .token),
      RouteRule("POST", "/payments/*/*", .operatorOnly, isRepeatable: true), RouteRule("GET", "/ledger/*", .operatorOnly),
    ],
    "rider": [
      RouteRule("POST", "/riders", .token), RouteRule("GET", "/riders/*", .token),
      RouteRule("PUT", "/riders/*/status", .token), RouteRule("PUT", "/riders/*/location", .token),
      RouteRule("GET", "/riders/*/offers", .token, isPatient: true),
      RouteRule("GET", "/deliveries", .token, refusing: ["ids"]), RouteRule("POST", "/deliveries/cancel", .operatorOnly),
      RouteRule("GET", "/deliveries/*", .token), RouteRule("POST", "/deliveries/*/*", .token),
    ],
    "review": [
      RouteRule("GET", "/reviews", .everyone, refusing: ["ids"]), RouteRule("POST", "/reviews", .token, isRepeatable: true),
      RouteRule("GET", "/reviews/*", .everyone), RouteRule("DELETE", "/reviews/*", .token),
      RouteRule("POST", "/reviews/*/reply", .token), RouteRule("GET", "/ratings", .everyone),
      RouteRule("GET", "/customers/*/invitations", .token),
    ],
    "order-history": [
      RouteRule("GET", "/orders/*", .token), RouteRule("GET", "/orders/*/track", .token, isPatient: true),
      RouteRule("GET", "/customers/*/orders", .token), RouteRule("GET", "/shops/*/orders", .token),
    ],
  ])
}
