import Metrics

/// The client's metrics.
struct ServiceClientMetrics: Sendable {
  private let breakerState: Meter
  private let probesSucceeded: Counter
  private let probesFailed: Counter
  /// The gauge of calls in flight.
  let inFlight: Meter
  let retries: Counter
  /// Retries that the budget prevented.
  let retriesRefused: Counter
  let coalesced: Counter
  let rejected: Counter
  let fallbacks: Counter
  let staleResponses: Counter
  let succeeded: Timer
  let failed: Timer

  init(service: String) {
    let dimensions = [("service", service)]
    breakerState = Meter(label: "circuit_breaker_state", dimensions: dimensions)
    probesSucceeded = Counter(label: "circuit_breaker_probes_total", dimensions: dimensions + [("outcome", "success")])
    probesFailed = Counter(label: "circuit_breaker_probes_total", dimensions: dimensions + [("outcome", "failure")])
    inFlight = Meter(label: "service_client_calls_in_flight", dimensions: dimensions)
    retries = Counter(label: "service_client_retries_total", dimensions: dimensions)
    retriesRefused = Counter(label: "service_client_retries_refused_total", dimensions: dimensions)
    coalesced = Counter(label: "service_client_coalesced_total", dimensions: dimensions)
    rejected = Counter(label: "service_client_rejected_total", dimensions: dimensions)
    fallbacks = Counter(label: "service_client_fallbacks_total", dimensions: dimensions)
    staleResponses = Counter(label: "service_client_stale_answers_total", dimensions: dimensions)
    succeeded = Timer(label: "service_client_request_seconds", dimensions: dimensions + [("outcome", "success")])
    failed = Timer(label: "service_client_request_seconds", dimensions: dimensions + [("outcome", "failure")])
    breakerState.set(CircuitBreaker.State.closed.rawValue)
  }

  func record(_ state: CircuitBreaker.State) {
    breakerState.set(state.rawValue)
  }

  func probed(_ outcome: CircuitBreaker.Outcome) {
    switch outcome {
    case .success: probesSucceeded.increment()
    case .failure: probesFailed.increment()
    case .abandoned: break
    }
  }
}
