internal import Metrics
internal import NIOCore
internal import Synchronization

/// The metrics of all connections to one server.
final class RedisMetrics: Sendable {
  private let inFlight = Atomic<Int>(0)
  private let inFlightGauge: Gauge
  private let seconds: Metrics.Timer
  private let reconnects: Counter
  private let timeouts: Counter

  init(server: String) {
    let labels = [("server", server)]
    inFlightGauge = Gauge(label: "redis_commands_in_flight", dimensions: labels)
    seconds = Metrics.Timer(label: "redis_command_seconds", dimensions: labels)
    reconnects = Counter(label: "redis_reconnects_total", dimensions: labels)
    timeouts = Counter(label: "redis_timeouts_total", dimensions: labels)
  }

  /// Commands in flight: sent, less those completed or failed with their connection.
  func inFlight(changedBy commands: Int) {
    inFlightGauge.record(inFlight.add(commands, ordering: .relaxed).newValue)
  }

  /// A request has all its replies; `time` counts from its submission.
  func replied(after time: TimeAmount) {
    seconds.recordNanoseconds(time.nanoseconds)
  }

  func timedOut(_ requests: Int) {
    if requests > 0 { timeouts.increment(by: requests) }
  }

  func reconnected() {
    reconnects.increment()
  }
}
