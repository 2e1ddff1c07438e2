public import Contracts
public import JWTKit

/// The claims of an access token; times are whole seconds since 1970 (RFC 7519, RFC 9068).
public struct AccessToken: JWTPayload, Hashable {
  public var issuer: String
  public var audience: String
  /// The account, or the service's identity.
  public var subject: Identifier
  public var role: Principal.Role
  /// The service's name, in service tokens only.
  public var client: String?
  public var issuedAt: Int64
  public var notBefore: Int64
  public var expiresAt: Int64
  /// Unique per token.
  public var id: String

  /// A token for `principal`, valid from `issuedAt`.
  /// - Parameter lifetime: in seconds.
  public init(
    for principal: Principal, issuer: String, audience: String, issuedAt: Int64, lifetime: Int64, id: String
  ) {
    self.issuer = issuer
    self.audience = audience
    subject = principal.id
    role = principal.role
    client = principal.client
    self.issuedAt = issuedAt
    notBefore = issuedAt
    expiresAt = issuedAt + lifetime
    self.id = id
  }

  public var principal: Principal { Principal(role: role, id: subject, client: client) }

  private enum CodingKeys: String, CodingKey {
    case issuer = "iss"
    case audience = "aud"
    case subject = "sub"
    case role
    case client
    case issuedAt = "iat"
    case notBefore = "nbf"
    case expiresAt = "exp"
    case id = "jti"
  }

  /// Not used: the checks need the verifier's clock and expectations, see ``TokenVerifier``.
  public func verify(using algorithm: some JWTAlgorithm) async throws {}
}
