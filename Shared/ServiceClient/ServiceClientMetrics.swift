import Metrics

/// The client's instruments; made once.
struct ServiceClientMetrics: Sendable {
  private let breakerState: Meter
  let retries: Counter
  let coalesced: Counter
  let rejected: Counter
  let succeeded: Timer
  let failed: Timer

  init(service: String) {
    let dimensions = [("service", service)]
    breakerState = Meter(label: "circuit_breaker_state", dimensions: dimensions)
    retries = Counter(label: "service_client_retries_total", dimensions: dimensions)
    coalesced = Counter(label: "service_client_coalesced_total", dimensions: dimensions)
    rejected = Counter(label: "service_client_rejected_total", dimensions: dimensions)
    succeeded = Timer(label: "service_client_request_seconds", dimensions: dimensions + [("outcome", "success")])
    failed = Timer(label: "service_client_request_seconds", dimensions: dimensions + [("outcome", "failure")])
    breakerState.set(CircuitBreaker.State.closed.rawValue)
  }

  func show(_ state: CircuitBreaker.State) {
    breakerState.set(state.rawValue)
  }
}
