import Auth
import HTTPTypes
import Hummingbird
import Metrics
import NIOCore
import Web

/// Who stands at the ingress.
struct Caller: Sendable {
  let address: ForwardedClientAddress
  /// Nobody said so, or nobody needed to.
  let principal: Principal?
  /// The value of `Authorization`, as it came.
  let authorization: String?

  /// Whose streams are counted together: the account's, or the address's while there is none.
  var counted: String { principal.map { "principal:\($0.id)" } ?? "address:\(address.limited)" }
}

/// Decides who comes in: counts, asks for the token, looks at the role. The services judge again, by whose a thing is.
struct Ingress: Sendable {
  let authenticator: TokenVerifier
  let limiter: RateLimiter
  let policy: LivePolicy
  let metrics: GatewayMetrics
  /// How many proxies of our own stand in front.
  let trustedProxies: Int

  /// For every request once; see ``AddressLimit``.
  /// - Throws: 429.
  func countAddress(of request: Request, _ context: ServiceRequestContext) async throws {
    try await count("address:\(address(of: request, context).limited)", policy.current.address)
  }

  /// - Throws: 404 for what isn't there for anybody outside, 401, 403, 429 to accounts.
  func enter(_ access: Access, _ request: Request, _ context: ServiceRequestContext) async throws -> Caller {
    guard access != .internalOnly else { throw Problem.notFound("not_found", "there is nothing at this path") }
    let authorizations = request.headers[values: .authorization]
    guard authorizations.count < 2 else { throw Problem.tokenInvalid }
    let principal = try await principal(authorizations.first, access)
    if let principal {
      RequestRecord.current?.note { $0.principal = principal.text }
      // Services call each other: a token of theirs out here is one that got out.
      guard principal.role != .service else { throw Problem.forbidden("services must not call the gateway") }
      guard access != .operatorOnly || principal.role == .operator else {
        throw Problem.forbidden("this needs the role operator")
      }
      try await count("principal:\(principal.id)", policy.current.principal)
    }
    return Caller(address: address(of: request, context), principal: principal, authorization: authorizations.first)
  }

  private func address(of request: Request, _ context: ServiceRequestContext) -> ForwardedClientAddress {
    ForwardedClientAddress(
      peer: context.channel.remoteAddress?.ipAddress ?? "unknown",
      sent: request.headers[values: .forwardedFor].joined(separator: ","), trusted: trustedProxies)
  }

  private func principal(_ authorization: String?, _ access: Access) async throws -> Principal? {
    let token = authorization.flatMap(Self.bearer)
    guard access != .public else {
      // A token that is no good, or can't be judged now, takes nothing away from what everyone may do.
      guard let token else { return nil }
      return try? await authenticator.verify(token)
    }
    guard authorization != nil else { throw Problem.unauthorized("this needs Authorization: Bearer with an access token") }
    guard let token else { throw Problem.tokenInvalid }
    do {
      return try await authenticator.verify(token)
    } catch {
      throw Problem(error)
    }
  }

  private func count(_ key: String, _ rule: RateRule) async throws {
    let verdict = await limiter.take(key, rule)
    RequestRecord.current?.note { $0.rate = verdict.tighter(than: $0.rate) }
    guard verdict.isAllowed else {
      metrics.limited.increment()
      throw verdict.problem
    }
  }

  /// What stands behind `Bearer`, whose case doesn't matter (RFC 9110, section 11.1).
  private static func bearer(_ authorization: String) -> String? {
    let parts = authorization.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].isEmpty else { return nil }
    return String(parts[1])
  }
}
