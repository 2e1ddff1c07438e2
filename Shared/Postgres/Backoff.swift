/// Delays between attempts to connect: from 50 ms, doubling up to 1 s, each between half and all of that.
struct Backoff {
  private var attempt = 0

  /// Nanoseconds until the next attempt.
  mutating func next() -> UInt64 {
    let full: UInt64 = min(1_000_000_000, 50_000_000 << UInt64(min(attempt, 10)))
    attempt += 1
    return UInt64.random(in: full / 2...full)
  }

  mutating func reset() { attempt = 0 }
}
