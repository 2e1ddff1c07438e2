/// Bounds retries to a part of the calls, so that a service that fails isn't given several times its usual load.
///
/// A pure state machine. Each call puts a part of a retry in, each retry takes a whole one out. A small reserve comes back with time, so that
/// who calls seldom may retry too.
/// Source: Finagle's `RetryBudget`; Google, "Site Reliability Engineering", chapter 21.
public struct RetryBudget: Sendable {
  public typealias Instant = ContinuousClock.Instant

  /// Retries for each call.
  private let share: Double
  /// Retries that are there without calls, and come back at this many a second.
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

  /// Notes a call, which is not a retry.
  public mutating func noteCall() {
    balance = min(maximum, balance + share)
  }

  /// Asks for a retry at `now`.
  public mutating func withdraw(at now: Instant) -> Bool {
    let (seconds, attoseconds) = (now - last).components
    let elapsed = Double(seconds) + Double(attoseconds) / 1e18
    last = max(last, now)
    if balance < reserve, elapsed > 0 { balance = min(reserve, balance + elapsed * reserve) }
    guard balance >= 1 else { return false }
    balance -= 1
    return true
  }
}
