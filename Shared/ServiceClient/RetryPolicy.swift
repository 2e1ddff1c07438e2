/// Whether, and after which pause, a failed attempt is retried.
///
/// Full jitter: the pause is a random part of a bound that doubles with each attempt, so that callers which failed together don't
/// retry together. Source: Brooker, "Exponential Backoff And Jitter", 2015.
public struct RetryPolicy: Sendable {
  /// Maximum attempts, the first included.
  public var attempts: Int
  public var base: Duration
  public var maximum: Duration
  /// With a longer `Retry-After` the call is not retried.
  public var longestRetryAfter: Duration

  public init(
    attempts: Int = 3, base: Duration = .milliseconds(50), maximum: Duration = .milliseconds(500),
    longestRetryAfter: Duration = .seconds(1)
  ) {
    self.attempts = attempts
    self.base = base
    self.maximum = maximum
    self.longestRetryAfter = longestRetryAfter
  }

  /// The pause before the next attempt; `nil` for no further attempt.
  /// - Parameters:
  ///   - attempt: how many attempts have failed, from 1.
  ///   - remaining: the time left until the deadline; the pause must be shorter.
  ///   - random: from 0 to 1.
  public func pause(
    afterAttempt attempt: Int, error: ServiceClientError, remaining: Duration, random: Double = .random(in: 0...1)
  ) -> Duration? {
    guard allows(afterAttempt: attempt, error: error) else { return nil }
    var pause = min(base * (1 << min(attempt - 1, 16)), maximum) * random
    if let retryAfter = error.retryAfter {
      guard retryAfter <= longestRetryAfter else { return nil }
      pause = max(pause, retryAfter)
    }
    return pause < remaining ? pause : nil
  }

  /// Whether another attempt may be made at all; at another instance it needs no pause.
  public func allows(afterAttempt attempt: Int, error: ServiceClientError) -> Bool {
    attempt < attempts && Self.isRetryable(error.code)
  }

  private static func isRetryable(_ code: ServiceClientError.Code) -> Bool {
    switch code {
    case .connection, .timedOut, .noCredentials, .status(502), .status(503), .status(504): true
    default: false
    }
  }
}
