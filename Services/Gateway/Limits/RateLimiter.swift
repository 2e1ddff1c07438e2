import Logging
import NIOCore
import Redis
import Synchronization

/// Token buckets that all gateways share, in Redis; tokens are leased in small batches, so that few requests wait for Redis.
///
/// Nobody ever gets more than the bucket gives: a lease that isn't used up within a second is lost to its client. While Redis is away each
/// gateway keeps buckets of its own: nobody is refused for Redis's sake. Safe to use from any task.
final class RateLimiter: Sendable {
  /// What is known here of one bucket.
  fileprivate struct Holding: Sendable {
    /// Tokens in hand until `end`.
    var leased = 0
    var verdict: RateVerdict
    /// When the lease, or the refusal, ends.
    var end: Int64
    /// The bucket while Redis is away.
    var own: TokenBucket?
  }

  fileprivate struct State: Sendable {
    var holdings: [String: Holding] = [:]
    /// Until then Redis isn't asked.
    var awayUntil: Int64 = 0
  }

  /// How many clients are remembered.
  fileprivate static let most = 65_536
  fileprivate static let leaseMilliseconds: Int64 = 1000

  private let redis: RedisClient
  private let logger: Logger
  private let state = Mutex(State())

  init(redis: RedisClient, logger: Logger) {
    self.redis = redis
    self.logger = logger
  }

  /// Takes one token of the bucket `key`.
  func take(_ key: String, _ rule: RateRule) async -> RateVerdict {
    let now = Self.now()
    let (known, isAway) = state.withLock { state in (state.take(key, rule, at: now), state.awayUntil > now) }
    if let known { return known }
    guard !isAway, redis.isConnected else { return takeOwn(key, rule) }
    // A tenth of a second's worth.
    let want = max(1, min(100, rule.perSecond / 10, rule.burst / 10))
    do {
      let reply = try await redis.run(
        .rate, keys: ["ratelimit:\(key)"], arguments: [.int(rule.perSecond), .int(rule.burst), .int(want)],
        deadline: .milliseconds(100)
      ).elements().map { try $0.integer() }
      guard reply.count == 4 else { throw RedisError(.protocolViolation, "the script answered \(reply.count) numbers") }
      return state.withLock { $0.note(reply, key, rule, at: Self.now()) }
    } catch {
      let isNews = state.withLock { state in
        defer { state.awayUntil = now + 1000 }
        return state.awayUntil < now - 10_000
      }
      if isNews { logger.warning("Redis is away; every gateway counts requests for itself", error: error) }
      return takeOwn(key, rule)
    }
  }

  private func takeOwn(_ key: String, _ rule: RateRule) -> RateVerdict {
    state.withLock { $0.takeOwn(key, rule, at: Self.now()) }
  }

  private static func now() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
}

extension RateLimiter.State {
  /// What is known already: a token in hand, or a refusal that still holds.
  fileprivate mutating func take(_ key: String, _ rule: RateRule, at now: Int64) -> RateVerdict? {
    guard let index = holdings.index(forKey: key) else { return nil }
    let holding = holdings.values[index]
    guard holding.own == nil, holding.end > now, holding.verdict.rule == rule else { return nil }
    if holding.leased > 0 {
      holdings.values[index].leased -= 1
      var verdict = holding.verdict
      verdict.remaining += holding.leased - 1
      return verdict
    }
    guard !holding.verdict.isAllowed else { return nil }
    var verdict = holding.verdict
    verdict.wait = holding.end - now
    return verdict
  }

  /// Notes what Redis granted, and takes the first of it.
  fileprivate mutating func note(_ reply: [Int64], _ key: String, _ rule: RateRule, at now: Int64) -> RateVerdict {
    makeRoom(at: now)
    let granted = Int(reply[0])
    var verdict = RateVerdict(
      isAllowed: granted > 0, rule: rule, remaining: Int(reply[1]), reset: reply[3], wait: reply[2])
    // Another request of the same client may have got a lease meanwhile.
    let before = holdings[key].flatMap { $0.own == nil && $0.end > now && $0.verdict.rule == rule ? $0.leased : nil } ?? 0
    let leased = before + max(0, granted - 1)
    let end = granted > 0 ? now + RateLimiter.leaseMilliseconds : now + max(1, reply[2])
    holdings[key] = RateLimiter.Holding(leased: leased, verdict: verdict, end: end)
    verdict.remaining += leased
    return verdict
  }

  fileprivate mutating func takeOwn(_ key: String, _ rule: RateRule, at now: Int64) -> RateVerdict {
    makeRoom(at: now)
    var bucket = holdings[key]?.own ?? TokenBucket(rule, at: now)
    let isAllowed = bucket.take(1, rule, at: now) == 1
    let verdict = RateVerdict(
      isAllowed: isAllowed, rule: rule, remaining: Int(bucket.tokens), reset: bucket.refill(rule), wait: bucket.wait(rule))
    holdings[key] = RateLimiter.Holding(verdict: verdict, end: now + bucket.refill(rule), own: bucket)
    return verdict
  }

  /// Forgets what has ended; if that isn't enough, everything.
  private mutating func makeRoom(at now: Int64) {
    guard holdings.count >= RateLimiter.most else { return }
    holdings = holdings.filter { $0.value.end > now }
    if holdings.count >= RateLimiter.most { holdings = [:] }
  }
}
