/// The parameters of a token bucket: the refill rate and the capacity.
struct RateRule: Hashable, Sendable {
  var perSecond: Int
  var burst: Int
}

/// A token bucket: it is refilled at a constant rate up to the burst, and every request takes a token.
///
/// A pure value; `RedisScript.takeTokens` does the same arithmetic in Redis. Source: RFC 2697, section 3, with one rate.
struct TokenBucket: Hashable, Sendable {
  private(set) var tokens: Double
  private var updatedAt: Int64

  /// A full bucket.
  /// - Parameter now: in milliseconds, of any monotonic clock.
  init(_ rule: RateRule, at now: Int64) {
    tokens = Double(rule.burst)
    updatedAt = now
  }

  /// Takes the available tokens, at most `count`.
  mutating func take(_ count: Int, _ rule: RateRule, at now: Int64) -> Int {
    tokens = min(Double(rule.burst), tokens + Double(max(0, now - updatedAt)) * Double(rule.perSecond) / 1000)
    updatedAt = max(updatedAt, now)
    let taken = min(count, Int(tokens))
    tokens -= Double(taken)
    return taken
  }

  /// Milliseconds until a token is available.
  func wait(_ rule: RateRule) -> Int64 {
    Int64((max(0, 1 - tokens) * 1000 / Double(rule.perSecond)).rounded(.up))
  }

  /// Milliseconds until the bucket is full.
  func refill(_ rule: RateRule) -> Int64 {
    Int64(((Double(rule.burst) - tokens) * 1000 / Double(rule.perSecond)).rounded(.up))
  }
}
