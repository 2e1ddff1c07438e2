/// A request that a client may retry and that must have its effect only once.
public struct IdempotentRequest: Hashable, Sendable {
  /// The caller: keys of different principals are independent.
  public let principal: String
  public let key: String
  /// A hash of the request, by which another request with the same key is recognized as a retry.
  public let fingerprint: String

  public init(principal: String, key: String, fingerprint: String) {
    self.principal = principal
    self.key = key
    self.fingerprint = fingerprint
  }
}

/// The key was used before, for a different request.
public struct IdempotencyKeyReused: Error, Hashable {
  public init() {}
}
