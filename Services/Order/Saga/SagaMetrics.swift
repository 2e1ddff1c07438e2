import Metrics

/// What is measured of the sagas of this process.
struct SagaMetrics: Sendable {
  private let taken = Counter(label: "saga_turns_total")
  /// How long a saga was due, or woken, before it was worked on.
  private let lag = Timer(label: "saga_lag_seconds")
  private let underWay = Gauge(label: "saga_turns_under_way")

  func took(afterMilliseconds lag: Int64) {
    taken.increment()
    self.lag.recordNanoseconds(max(0, lag) * 1_000_000)
  }

  func underWay(_ count: Int) {
    underWay.record(count)
  }

  /// A step was left.
  func left(_ step: SagaStep, _ outcome: String, _ status: SagaStatus) {
    Counter(label: "saga_steps_total", dimensions: [("step", step.rawValue), ("outcome", outcome)]).increment()
    if status == .completed || status == .compensated {
      Counter(label: "saga_ends_total", dimensions: [("status", status.rawValue)]).increment()
    }
  }

  /// A call that a step made went wrong.
  func failed(_ step: SagaStep) {
    Counter(label: "saga_call_failures_total", dimensions: [("step", step.rawValue)]).increment()
  }

  /// How many sagas of the whole service have not ended.
  func open(_ counts: [(status: String, count: Int64)]) {
    for status in [SagaStatus.running, .compensating] {
      let count = counts.first { $0.status == status.rawValue }?.count ?? 0
      Gauge(label: "sagas_open", dimensions: [("status", status.rawValue)]).record(count)
    }
  }
}
