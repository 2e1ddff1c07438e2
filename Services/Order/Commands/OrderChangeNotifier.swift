import Contracts

/// Triggers what follows a committed change in this process: publication of the event, and the next step of the saga.
///
/// Both also happen without it, later: the relay polls the outbox, and the saga is due when its lease ends.
struct OrderChangeNotifier: Sendable {
  let metrics: OrderMetrics
  /// Wakes the outbox relay.
  let wakeRelay: @Sendable () -> Void
  /// Has the orchestrator execute an order's saga.
  let wakeSaga: @Sendable (Identifier) -> Void

  func committed(_ order: Identifier, _ status: OrderStatus, resumesSaga: Bool) {
    wakeRelay()
    metrics.count(status)
    if resumesSaga { wakeSaga(order) }
  }
}
