/// Tells in whose name a bearer token speaks.
public protocol Authenticator: Sendable {
  /// - Parameter token: what stands behind `Bearer`.
  /// - Throws: ``AuthenticationError``: nothing that the token says may be believed.
  func verify(_ token: String) async throws(AuthenticationError) -> Principal
}

/// Why a token was not accepted.
public struct AuthenticationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Open: more codes may come.
  public struct Code: Hashable, Sendable {
    private enum Kind: Hashable {
      case invalid, expired, keysUnavailable
    }
    private let kind: Kind

    /// Forged, damaged, or meant for somebody else.
    public static let invalid = Code(kind: .invalid)
    /// Was good once: its owner needs a new one.
    public static let expired = Code(kind: .expired)
    /// Nobody can say: the keys of the identity service were never to be had.
    public static let keysUnavailable = Code(kind: .keysUnavailable)
  }

  public let code: Code
  /// For logs. Whoever tries forged tokens is not told what is wrong with them.
  public let detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  public var description: String { detail }

  static func invalid(_ detail: String) -> AuthenticationError { AuthenticationError(.invalid, detail) }
}
