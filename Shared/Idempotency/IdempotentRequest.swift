/// A request that a client may send twice and that must be carried out once.
public struct IdempotentRequest: Hashable, Sendable {
  /// Who sent it: keys of different principals have nothing to do with one another.
  public let principal: String
  public let key: String
  /// Tells whether another request with the key is the same one.
  public let fingerprint: String

  public init(principal: String, key: String, fingerprint: String) {
    self.principal = principal
    self.key = key
    self.fingerprint = fingerprint
  }
}

/// The key was used before, for a request with another body.
public struct IdempotencyKeyReused: Error, Hashable {
  public init() {}
}
