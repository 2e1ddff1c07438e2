import Auth
import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import Web

/// Admits requests: rate limits, authentication and the check of the role. The services authorize again, by ownership.
struct Ingress: Sendable {
  let authenticator: TokenVerifier
  let limiter: RateLimiter
  let policy: LivePolicy
  let metrics: GatewayMetrics
  /// The number of own proxies in front of the gateway.
  let trustedProxies: Int

  /// Called once for every request by ``AddressLimit``.
  /// - Throws: 429.
  func countAddress(of request: Request, _ context: ServiceRequestContext) async throws {
    try await count(.address(address(of: request, context).network), policy.current.address)
  }

  /// Authenticates and authorizes a request, and counts it against the account's rate limit.
  /// - Throws: 404 for internal routes; 401, 403, 429.
  func admit(_ request: Request, _ context: ServiceRequestContext, access: Access) async throws -> Caller {
    guard access != .internalOnly else { throw Problem.routeNotFound }
    let authorizations = request.headers[values: .authorization]
    guard authorizations.count < 2 else { throw Problem.tokenInvalid }
    let principal = try await principal(authorizations.first, access)
    if let principal {
      RequestRecord.current?.update { $0.principal = principal.text }
      // Services call each other directly: a service token that arrives here has leaked.
      guard principal.role != .service else { throw Problem.forbidden("services must not call the gateway") }
      guard access != .operatorOnly || principal.role == .operator else {
        throw Problem.forbidden("the operator role is required")
      }
      try await count(.principal(principal.id), policy.current.principal)
    }
    return Caller(address: address(of: request, context), principal: principal, authorization: authorizations.first)
  }

  private func address(of request: Request, _ context: ServiceRequestContext) -> ForwardedClientAddress {
    ForwardedClientAddress(
      peer: context.channel.remoteAddress?.ipAddress ?? "unknown",
      received: request.headers[values: .forwardedFor].joined(separator: ","), trusted: trustedProxies)
  }

  private func principal(_ authorization: String?, _ access: Access) async throws -> Principal? {
    let token = authorization.flatMap(Self.bearer)
    guard access != .public else {
      // On a public route an invalid token, or one that can't be verified now, is ignored.
      guard let token else { return nil }
      return try? await authenticator.verify(token)
    }
    guard authorization != nil else { throw Problem.unauthorized("Authorization: Bearer with an access token is required") }
    guard let token else { throw Problem.tokenInvalid }
    do {
      return try await authenticator.verify(token)
    } catch {
      throw Problem(error)
    }
  }

  private func count(_ caller: CallerKey, _ rule: RateRule) async throws {
    let verdict = await limiter.take(caller, rule)
    RequestRecord.current?.update { $0.rate = verdict.tighter(than: $0.rate) }
    guard verdict.isAllowed else {
      metrics.rateLimited.increment()
      throw verdict.problem
    }
  }

  /// The token after `Bearer`, a scheme that is case-insensitive (RFC 9110, section 11.1).
  private static func bearer(_ authorization: String) -> String? {
    let parts = authorization.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].isEmpty else { return nil }
    return String(parts[1])
  }
}

extension Problem {
  /// 404 for a path without a route, and for internal routes; the same as the router's own 404, so that internal routes can't be
  /// discovered.
  static let routeNotFound = Problem.notFound("not_found", "there is nothing at this path")

  /// 401 `invalid_token` for credentials that are not exactly one bearer token.
  static let tokenInvalid = Problem(AuthenticationError(.invalid, "no bearer token"))
}
