import Metrics

/// The metrics of the orchestrator.
struct SagaMetrics: Sendable {
  private let turns = Counter(label: "saga_turns_total")
  /// From when a saga was due, or woken, until its turn.
  private let lag = Timer(label: "saga_lag_seconds")
  private let turnsUnderWay = Gauge(label: "saga_turns_under_way")

  func turnStarted(lagMilliseconds lag: Int64) {
    turns.increment()
    self.lag.recordNanoseconds(max(0, lag) * 1_000_000)
  }

  func running(_ count: Int) {
    turnsUnderWay.record(count)
  }

  func stepLeft(_ step: SagaStep, _ outcome: String, _ status: SagaStatus) {
    Counter(label: "saga_steps_total", dimensions: [("step", step.rawValue), ("outcome", outcome)]).increment()
    if status == .completed || status == .compensated {
      Counter(label: "saga_ends_total", dimensions: [("status", status.rawValue)]).increment()
    }
  }

  /// A call to a participant failed.
  func callFailed(_ step: SagaStep) {
    Counter(label: "saga_call_failures_total", dimensions: [("step", step.rawValue)]).increment()
  }

  /// Sagas that have not ended, of all instances.
  func open(_ counts: [SagaStatus: Int64]) {
    for status in [SagaStatus.running, .compensating] {
      Gauge(label: "sagas_open", dimensions: [("status", status.rawValue)]).record(counts[status] ?? 0)
    }
  }
}
