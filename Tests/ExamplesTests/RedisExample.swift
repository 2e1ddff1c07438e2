import Redis

// example: redis
/// Counts a caller's requests in a minute; a script is loaded once and called by its hash.
let countInMinute = RedisScript(
  """
  local count = redis.call('INCR', KEYS[1])
  if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
  return count
  """)

/// - Parameter redis: a service with one connection per event loop; commands of all tasks are pipelined on it.
func recordRequests(_ redis: RedisClient) async throws -> (count: Int, ranking: [String], reply: String?) {
  for _ in 0..<3 { _ = try await redis.run(countInMinute, keys: ["minute:anna"], arguments: [60]) }
  let count = try await redis.run(countInMinute, keys: ["minute:anna"], arguments: [60]).count()

  // Typed commands; every call has a deadline, and fails at once while the server is unreachable.
  try await redis.zadd("ranking", [(score: 0, member: "anna"), (score: 0, member: "ben")])
  let ranking = try await redis.send([.get("nothing"), RedisCommand("ZRANGE", "ranking", 0, -1)], deadline: .seconds(1))

  // A reply with an error is thrown as `RedisError`, whose code says what to do about it.
  do {
    _ = try await redis.send(RedisCommand("INCR", "ranking"))
    return (count, [], nil)
  } catch let error as RedisError {
    return (count, try ranking[1].texts(), error.message)
  }
}
// example end
