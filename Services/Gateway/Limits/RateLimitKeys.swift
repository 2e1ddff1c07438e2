/// The gateway's keys in the `cache` Redis.
///
/// | key | type | content |
/// |---|---|---|
/// | `ratelimit:address:<network>` | hash with `tokens`, `at` | the token bucket of a client address, or of an IPv6 /64 |
/// | `ratelimit:principal:<id>` | hash with `tokens`, `at` | the token bucket of an account |
///
/// A key expires one second after the time that an empty bucket takes to fill.
enum RateLimitKeys {
  static func bucket(of caller: CallerKey) -> String {
    switch caller {
    case .address(let network): "ratelimit:address:\(network)"
    case .principal(let id): "ratelimit:principal:\(id)"
    }
  }
}
