import Concurrency
/// Limits retries to a fraction of the calls, so that retries don't multiply the load on a failing service.
///
/// A pure state machine. Each call deposits a fraction of a retry, each retry withdraws one. A small reserve is refilled over
/// time, so that infrequent callers may retry too.
/// Source: Finagle's `RetryBudget`; Google, "Site Reliability Engineering", chapter 21.
public struct RetryBudget: Sendable {
  public typealias Instant = ContinuousClock.Instant

  /// Retries per call.
  private let share: Double
  /// Retries that are available without calls; refilled at this rate per second.
  private let reserve: Double
  private let maximum: Double
  private var balance: Double
  private var last: Instant

  public init(share: Double = 0.1, reserve: Double = 10, maximum: Double = 100, at now: Instant = .now) {
    self.share = share
    self.reserve = reserve
    self.maximum = max(maximum, reserve)
    balance = reserve
    last = now
  }

  /// Retries that may be made now.
  public var available: Int { Int(balance) }

  /// Records a call that is not a retry.
  public mutating func recordCall() {
    balance = min(maximum, balance + share)
  }

  /// Withdraws a retry at `now`; false if none is available.
  public mutating func withdraw(at now: Instant) -> Bool {
    let elapsed = (now - last).inSeconds
    last = max(last, now)
    if balance < reserve, elapsed > 0 { balance = min(reserve, balance + elapsed * reserve) }
    guard balance >= 1 else { return false }
    balance -= 1
    return true
  }
}
