/// The limits of a ``ServiceClient``.
public struct ServiceClientConfiguration: Sendable {
  /// The maximum number of connections to an instance.
  public static let largestBulkhead = 1024

  /// For a whole call, including retries and pauses.
  public var deadline: Duration
  /// For one attempt to connect.
  public var connectTimeout: Duration
  public var retry: RetryPolicy
  public var breaker: CircuitBreaker.Configuration
  /// Maximum concurrent calls; further ones fail at once. Coalesced calls count once.
  public var bulkhead: Int
  /// Maximum bytes of a response's body.
  public var maximumResponseBytes: Int

  public init(
    deadline: Duration = .seconds(2), attempts: Int = 3, bulkhead: Int = 64,
    breaker: CircuitBreaker.Configuration = .init(), connectTimeout: Duration = .milliseconds(500),
    maximumResponseBytes: Int = 64 * 1024 * 1024
  ) {
    self.deadline = deadline
    self.connectTimeout = connectTimeout
    self.retry = RetryPolicy(attempts: attempts)
    self.breaker = breaker
    self.bulkhead = bulkhead
    self.maximumResponseBytes = maximumResponseBytes
  }
}
