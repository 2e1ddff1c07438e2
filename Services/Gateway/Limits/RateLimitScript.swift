import Redis

extension RedisScript {
  /// Takes the available tokens of a bucket, by the clock of Redis, which all gateways share. See ``RateLimitKeys``.
  ///
  /// `KEYS`: the bucket. `ARGV`: tokens per second, the burst, tokens wanted. Returns the tokens granted, the whole tokens left,
  /// the milliseconds until the next token, the milliseconds until the bucket is full.
  static let takeTokens = RedisScript(
    """
    local rate, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
    local tokens, at = tonumber(held[1] or burst), tonumber(held[2] or now)
    tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
    local granted = math.min(want, math.floor(tokens))
    tokens = tokens - granted
    redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', math.max(now, at))
    redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
    return {granted, math.floor(tokens), math.ceil(math.max(0, 1 - tokens) * 1000 / rate), math.ceil((burst - tokens) * 1000 / rate)}
    """)
}
