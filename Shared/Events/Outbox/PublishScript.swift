import Redis

extension RedisScript {
  /// Appends a batch of events if, and only if, the relay's watermark has the expected value.
  ///
  /// The watermark and the entries are in the same Redis and are written in one step. When Redis has lost data (`FLUSHALL`, a
  /// restart without its disk, a truncated append-only file) the watermark is older than the relay's own. Nothing is appended
  /// then, and the watermark is returned, so that the relay can publish again what came after it.
  ///
  /// KEYS: the stream, the hash of watermarks. ARGV: the relay, its last batch, this batch, then seven values for each event.
  /// Returns the watermark that was found.
  static let publish = RedisScript(
    """
    local found = redis.call('HGET', KEYS[2], ARGV[1]) or '0'
    if found ~= ARGV[2] then return found end
    for i = 4, #ARGV, 7 do
      redis.call('XADD', KEYS[1], '*', 'id', ARGV[i], 'source', ARGV[i + 1], 'type', ARGV[i + 2], 'subject', ARGV[i + 3],
        'time', ARGV[i + 4], 'sequence', ARGV[i + 5], 'traceparent', ARGV[i + 6])
    end
    redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
    return found
    """)
}
