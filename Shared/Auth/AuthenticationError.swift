/// Why a token was rejected.
public struct AuthenticationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An open set: more codes may be added.
  public struct Code: Hashable, Sendable {
    private enum Kind: Hashable {
      case invalid, expired, keysUnavailable
    }
    private let kind: Kind

    /// Forged, damaged, or for another issuer or audience.
    public static let invalid = Code(kind: .invalid)
    /// Was valid: the client needs a new one.
    public static let expired = Code(kind: .expired)
    /// Can't be verified: the identity service's keys have never been fetched.
    public static let keysUnavailable = Code(kind: .keysUnavailable)
  }

  public let code: Code
  /// For logs; clients are not told why a token is invalid.
  public let detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  public var description: String { detail }

  static func invalid(_ detail: String) -> AuthenticationError { AuthenticationError(.invalid, detail) }
}
