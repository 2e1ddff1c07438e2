import Concurrency
import HTTPTypes
import Metrics
import Synchronization

/// `http_server_request_seconds{method,route,status}` and `http_server_requests_in_flight`.
///
/// The route is the pattern, not the path, so the number of time series is bounded.
final class RequestMetrics: Sendable {
  private struct Series: Hashable, Sendable {
    let method: HTTPRequest.Method
    let route: String
    let status: Int
  }

  private let timers = Mutex<[Series: Timer]>([:])
  private let inFlight: Meter
  private let factory: any MetricsFactory

  init(factory: any MetricsFactory) {
    self.factory = factory
    inFlight = Meter(label: "http_server_requests_in_flight", factory: factory)
  }

  func began() {
    inFlight.increment()
  }

  func ended(method: HTTPRequest.Method, route: String, status: Int, after duration: Duration) {
    inFlight.decrement()
    let series = Series(method: method, route: route, status: status)
    let timer = timers.withLock { timers in
      if let known = timers[series] { return known }
      let made = Timer(
        label: "http_server_request_seconds",
        dimensions: [("method", method.rawValue), ("route", route), ("status", String(status))], factory: factory)
      timers[series] = made
      return made
    }
    timer.recordNanoseconds(duration.wholeNanoseconds)
  }
}
