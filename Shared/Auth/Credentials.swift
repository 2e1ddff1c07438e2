/// What a caller shows to another service.
public protocol Credentials: Sendable {
  /// The value of `Authorization` for a call that is made now; `nil` to send none.
  func authorization() async throws -> String?
  /// The same, if there is no need to wait for it.
  var held: String? { get }
  /// The other side answered 401 to `authorization`: the next call should have another one.
  func refuse(_ authorization: String)
}

extension Credentials {
  public var held: String? { nil }
}

/// For callers that are nobody, or that say with each request who they are.
public struct NoCredentials: Credentials {
  public init() {}
  public func authorization() async throws -> String? { nil }
  public func refuse(_ authorization: String) {}
}
