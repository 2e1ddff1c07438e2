import Metrics
import Synchronization

/// The ingress's own instruments.
final class GatewayMetrics: Sendable {
  private struct Series: Hashable, Sendable {
    let route: String
    let status: Int
  }

  let cacheHits = Counter(label: "gateway_cache_hits_total")
  let cacheFills = Counter(label: "gateway_cache_fills_total")
  let shed = Counter(label: "gateway_shed_total")
  let limited = Counter(label: "gateway_rate_limited_total")
  /// Clients that were too slow when there were too many of them.
  let unfinishedEnded = Counter(label: "gateway_unfinished_ended_total")
  let cacheBytes = Meter(label: "gateway_cache_bytes")
  private let timers = Mutex<[Series: Timer]>([:])

  /// `gateway_request_seconds{route,status}`: until the whole answer was handed over. The route is a row of the table, never a path.
  func answered(route: String, status: Int, after duration: Duration) {
    let series = Series(route: route, status: status)
    let timer = timers.withLock { timers in
      if let known = timers[series] { return known }
      let made = Timer(label: "gateway_request_seconds", dimensions: [("route", route), ("status", "\(status)")])
      timers[series] = made
      return made
    }
    let parts = duration.components
    timer.recordNanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
  }
}

/// The instruments of one service behind the ingress.
struct UpstreamMetrics: Sendable {
  let breaker: Meter
  let retries: Counter

  init(service: String) {
    breaker = Meter(label: "circuit_breaker_state", dimensions: [("service", service)])
    retries = Counter(label: "gateway_retries_total", dimensions: [("service", service)])
    breaker.set(0)
  }
}
