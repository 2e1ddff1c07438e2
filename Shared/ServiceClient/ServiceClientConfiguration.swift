/// How patient a ``ServiceClient`` is.
public struct ServiceClientConfiguration: Sendable {
  /// A client keeps up to this many connections to an instance.
  public static let largestBulkhead = 1024

  /// For a call in all, its tries and pauses included.
  public var deadline: Duration
  /// For one try to connect.
  public var connectTimeout: Duration
  public var retry: RetryPolicy
  public var breaker: CircuitBreaker.Configuration
  /// Calls under way at once; one more fails at once. Coalesced calls count once.
  public var bulkhead: Int
  /// Bytes of a response's body.
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
