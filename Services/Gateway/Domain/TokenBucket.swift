/// How often something may be done: so many times a second for ever, and so many at once.
struct RateRule: Hashable, Sendable {
  var perSecond: Int
  var burst: Int
}

/// A token bucket: it fills steadily up to the burst, and every request takes a token out.
///
/// A pure value; the script in Redis does the same arithmetic. Source: RFC 2697, section 3, with one rate.
struct TokenBucket: Hashable, Sendable {
  private(set) var tokens: Double
  private var at: Int64

  /// A full one.
  /// - Parameter now: in milliseconds, of any clock that doesn't run backwards.
  init(_ rule: RateRule, at now: Int64) {
    tokens = Double(rule.burst)
    at = now
  }

  /// Takes as many tokens as there are, at most `count`.
  mutating func take(_ count: Int, _ rule: RateRule, at now: Int64) -> Int {
    tokens = min(Double(rule.burst), tokens + Double(max(0, now - at)) * Double(rule.perSecond) / 1000)
    at = max(at, now)
    let taken = min(count, Int(tokens))
    tokens -= Double(taken)
    return taken
  }

  /// Milliseconds until there is a token again, if nobody takes one.
  func wait(_ rule: RateRule) -> Int64 {
    Int64((max(0, 1 - tokens) * 1000 / Double(rule.perSecond)).rounded(.up))
  }

  /// Milliseconds until it is full, if nobody takes one.
  func refill(_ rule: RateRule) -> Int64 {
    Int64(((Double(rule.burst) - tokens) * 1000 / Double(rule.perSecond)).rounded(.up))
  }
}
