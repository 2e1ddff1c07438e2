/// How a service authenticates its calls to other services.
public protocol Credentials: Sendable {
  /// The value of `Authorization` for a call that is made now; `nil` to send none.
  func authorization() async throws -> String?
  /// The same value, if it is available without waiting.
  var cached: String? { get }
  /// The peer responded 401 to `authorization`: the next call should use another one.
  func invalidate(_ authorization: String)
}

extension Credentials {
  public var cached: String? { nil }
}

/// For callers without an identity, or that set `Authorization` on each request themselves.
public struct NoCredentials: Credentials {
  public init() {}
  public func authorization() async throws -> String? { nil }
  public func invalidate(_ authorization: String) {}
}
