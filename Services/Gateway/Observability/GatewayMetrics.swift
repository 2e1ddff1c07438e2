import Concurrency
import Metrics
import Synchronization

/// The gateway's own metrics.
final class GatewayMetrics: Sendable {
  private struct Series: Hashable, Sendable {
    let route: String
    let status: Int
  }

  let cacheHits = Counter(label: "gateway_cache_hits_total")
  let cacheFills = Counter(label: "gateway_cache_fills_total")
  let shed = Counter(label: "gateway_shed_total")
  let rateLimited = Counter(label: "gateway_rate_limited_total")
  /// Connections closed because too many requests were incomplete.
  let incompleteClosed = Counter(label: "gateway_unfinished_ended_total")
  let cacheBytes = Meter(label: "gateway_cache_bytes")
  private let timers = Mutex<[Series: Timer]>([:])

  /// `gateway_request_seconds{route,status}`: until the complete response was written. The route is a row of the route table,
  /// never a path.
  func recordRequest(route: String, status: Int, duration: Duration) {
    let series = Series(route: route, status: status)
    let timer = timers.withLock { timers in
      if let existing = timers[series] { return existing }
      let timer = Timer(label: "gateway_request_seconds", dimensions: [("route", route), ("status", "\(status)")])
      timers[series] = timer
      return timer
    }
    timer.recordNanoseconds(duration.wholeNanoseconds)
  }
}

/// The metrics of the calls to one service.
struct UpstreamMetrics: Sendable {
  let breaker: Meter
  let retries: Counter

  init(service: String) {
    breaker = Meter(label: "circuit_breaker_state", dimensions: [("service", service)])
    retries = Counter(label: "gateway_retries_total", dimensions: [("service", service)])
    breaker.set(0)
  }
}
