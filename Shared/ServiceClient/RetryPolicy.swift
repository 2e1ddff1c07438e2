/// Whether, and after how long, a failed try is tried again.
///
/// Full jitter: the pause is a random part of a bound that doubles with each try, so that callers that failed together don't come back
/// together. Source: Brooker, "Exponential Backoff And Jitter", 2015.
public struct RetryPolicy: Sendable {
  /// Tries in all, the first included.
  public var attempts: Int
  public var base: Duration
  public var maximum: Duration
  /// A `Retry-After` longer than this is not waited for.
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

  /// The pause before the next try; `nil` when there is to be none.
  /// - Parameters:
  ///   - attempt: how many tries have failed, from 1.
  ///   - remaining: what is left of the deadline; a pause that uses it up is no use.
  ///   - random: from 0 to 1.
  public func pause(
    afterAttempt attempt: Int, error: ServiceClientError, remaining: Duration, random: Double = .random(in: 0...1)
  ) -> Duration? {
    guard allows(afterAttempt: attempt, error: error) else { return nil }
    var pause = min(base * (1 << min(attempt - 1, 16)), maximum) * random
    if let asked = error.retryAfter {
      guard asked <= longestRetryAfter else { return nil }
      pause = max(pause, asked)
    }
    return pause < remaining ? pause : nil
  }

  /// Whether there is to be another try at all; at another instance it needs no pause.
  public func allows(afterAttempt attempt: Int, error: ServiceClientError) -> Bool {
    attempt < attempts && Self.isWorthwhile(error.code)
  }

  private static func isWorthwhile(_ code: ServiceClientError.Code) -> Bool {
    switch code {
    case .connection, .timedOut, .noCredentials, .status(502), .status(503), .status(504): true
    default: false
    }
  }
}
