import Logging
import NIOCore
import Redis
import Synchronization

/// Token buckets in Redis, shared by all gateways; tokens are leased in small batches, so that few requests wait for Redis.
///
/// A caller never gets more than the bucket holds: a lease that is not used within a second is lost. While Redis is unavailable
/// each gateway keeps local buckets; no request is rejected because of Redis. Safe to use from any task.
final class RateLimiter: Sendable {
  /// The local state of one bucket.
  fileprivate struct Entry: Sendable {
    /// Leased tokens, valid until `end`.
    var leased = 0
    var verdict: RateVerdict
    /// When the lease, or the rejection, expires.
    var end: Int64
    /// Replaces the bucket in Redis while Redis is unavailable.
    var localBucket: TokenBucket?
  }

  fileprivate struct State: Sendable {
    var entries: [CallerKey: Entry] = [:]
    /// No call to Redis before.
    var unavailableUntil: Int64 = 0
  }

  fileprivate static let maximumEntries = 65_536
  fileprivate static let leaseMilliseconds: Int64 = 1000

  private let redis: RedisClient
  private let logger: Logger
  private let state = Mutex(State())

  init(redis: RedisClient, logger: Logger) {
    self.redis = redis
    self.logger = logger
  }

  /// Takes one token of the caller's bucket.
  func take(_ caller: CallerKey, _ rule: RateRule) async -> RateVerdict {
    let now = Self.now()
    let (local, isUnavailable) = state.withLock { state in
      (state.takeLeased(caller, rule, at: now), state.unavailableUntil > now)
    }
    if let local { return local }
    guard !isUnavailable, redis.isConnected else { return takeLocally(caller, rule) }
    // The tokens of 100 ms.
    let want = max(1, min(100, rule.perSecond / 10, rule.burst / 10))
    do {
      let reply = try await redis.run(
        .takeTokens, keys: [RateLimitKeys.bucket(of: caller)],
        arguments: [.int(rule.perSecond), .int(rule.burst), .int(want)],
        deadline: .milliseconds(100)
      ).elements().map { try $0.integer() }
      guard reply.count == 4 else { throw RedisError(.protocolViolation, "the script returned \(reply.count) numbers") }
      return state.withLock { $0.recordLease(reply, caller, rule, at: Self.now()) }
    } catch {
      let isFirst = state.withLock { state in
        defer { state.unavailableUntil = now + 1000 }
        return state.unavailableUntil < now - 10_000
      }
      if isFirst { logger.warning("Redis is unavailable; rate limits apply per gateway instance", error: error) }
      return takeLocally(caller, rule)
    }
  }

  private func takeLocally(_ caller: CallerKey, _ rule: RateRule) -> RateVerdict {
    state.withLock { $0.takeLocally(caller, rule, at: Self.now()) }
  }

  private static func now() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
}

extension RateLimiter.State {
  /// The result without a call to Redis: a leased token, or a rejection that is still valid.
  fileprivate mutating func takeLeased(_ caller: CallerKey, _ rule: RateRule, at now: Int64) -> RateVerdict? {
    guard let index = entries.index(forKey: caller) else { return nil }
    let entry = entries.values[index]
    guard entry.localBucket == nil, entry.end > now, entry.verdict.rule == rule else { return nil }
    if entry.leased > 0 {
      entries.values[index].leased -= 1
      var verdict = entry.verdict
      verdict.remaining += entry.leased - 1
      return verdict
    }
    guard !entry.verdict.isAllowed else { return nil }
    var verdict = entry.verdict
    verdict.wait = entry.end - now
    return verdict
  }

  /// Stores the tokens that Redis granted, and takes the first.
  fileprivate mutating func recordLease(_ reply: [Int64], _ caller: CallerKey, _ rule: RateRule, at now: Int64) -> RateVerdict {
    evictIfFull(at: now)
    let granted = Int(reply[0])
    var verdict = RateVerdict(
      isAllowed: granted > 0, rule: rule, remaining: Int(reply[1]), reset: reply[3], wait: reply[2])
    // A concurrent request of the same caller may have got a lease.
    let before =
      entries[caller].flatMap { $0.localBucket == nil && $0.end > now && $0.verdict.rule == rule ? $0.leased : nil } ?? 0
    let leased = before + max(0, granted - 1)
    let end = granted > 0 ? now + RateLimiter.leaseMilliseconds : now + max(1, reply[2])
    entries[caller] = RateLimiter.Entry(leased: leased, verdict: verdict, end: end)
    verdict.remaining += leased
    return verdict
  }

  fileprivate mutating func takeLocally(_ caller: CallerKey, _ rule: RateRule, at now: Int64) -> RateVerdict {
    evictIfFull(at: now)
    var bucket = entries[caller]?.localBucket ?? TokenBucket(rule, at: now)
    let isAllowed = bucket.take(1, rule, at: now) == 1
    let verdict = RateVerdict(
      isAllowed: isAllowed, rule: rule, remaining: Int(bucket.tokens), reset: bucket.refill(rule), wait: bucket.wait(rule))
    entries[caller] = RateLimiter.Entry(verdict: verdict, end: now + bucket.refill(rule), localBucket: bucket)
    return verdict
  }

  /// Removes expired entries; if that is not enough, all entries.
  private mutating func evictIfFull(at now: Int64) {
    guard entries.count >= RateLimiter.maximumEntries else { return }
    entries = entries.filter { $0.value.end > now }
    if entries.count >= RateLimiter.maximumEntries { entries = [:] }
  }
}
