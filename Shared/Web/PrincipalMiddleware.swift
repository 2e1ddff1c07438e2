public import Auth
public import HTTPTypes
public import Hummingbird

/// Authenticates the caller by the access token in `Authorization: Bearer` (RFC 6750).
public struct PrincipalMiddleware: RouterMiddleware {
  private let verifier: TokenVerifier

  public init(_ verifier: TokenVerifier) {
    self.verifier = verifier
  }

  /// Without a bearer token the request has no principal; other schemes are left to the routes.
  /// - Throws: 401 `invalid_token` for a rejected token; 503 while tokens can't be verified.
  public func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    guard let token = request.headers[.authorization].flatMap(Self.bearerToken) else { return try await next(request, context) }
    var context = context
    do {
      context.principal = try await verifier.verify(token)
    } catch {
      throw Problem(error)
    }
    return try await next(request, context)
  }

  /// The text after the scheme; `nil` for another scheme.
  static func bearerToken(_ authorization: String) -> String? {
    let text = authorization.utf8
    let scheme = "bearer".utf8
    guard text.count >= scheme.count, zip(text, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
    let rest = text.dropFirst(scheme.count)
    guard rest.isEmpty || rest.first == UInt8(ascii: " ") else { return nil }
    return String(Substring(rest.drop { $0 == UInt8(ascii: " ") }))
  }
}

extension Problem {
  /// 401 `unauthorized` with the challenge that RFC 6750 requires: the request has no token.
  public static func unauthorized(_ detail: String) -> Problem {
    Problem(.unauthorized, code: "unauthorized", detail: detail, headers: [.wwwAuthenticate: challenge])
  }

  /// 401 `invalid_token`, which only tells whether a new token will help; or 503.
  public init(_ error: AuthenticationError) {
    switch error.code {
    case .keysUnavailable:
      self = .unavailable("access tokens can't be verified at the moment; retry later")
    case .expired:
      self = .invalidToken("the access token has expired")
    default:
      self = .invalidToken("the access token is not valid")
    }
  }

  private static func invalidToken(_ detail: String) -> Problem {
    Problem(
      .unauthorized, code: "invalid_token", detail: detail,
      headers: [.wwwAuthenticate: "\(challenge), error=\"invalid_token\", error_description=\"\(detail)\""])
  }

  private static let challenge = "Bearer realm=\"baedal\""
}

extension HTTPField.Name {
  /// `traceparent`.
  public static let traceparent = HTTPField.Name("traceparent")!
}
