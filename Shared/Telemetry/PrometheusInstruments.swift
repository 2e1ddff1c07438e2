import CoreMetrics
import Synchronization

/// The time series of one name and one set of labels; may be written from any thread.
protocol PrometheusInstrument: AnyObject, Sendable {
  static var kind: PrometheusKind { get }
  func render(_ sample: PrometheusSample, into text: inout PrometheusText)
}

enum PrometheusKind: String, Sendable {
  case counter, gauge, histogram
}

final class PrometheusCounter: PrometheusInstrument, CounterHandler {
  static let kind = PrometheusKind.counter
  private let value = Atomic<Int64>(0)

  func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
  func reset() { value.store(0, ordering: .relaxed) }

  func render(_ sample: PrometheusSample, into text: inout PrometheusText) {
    text.append(sample, value: String(value.load(ordering: .relaxed)))
  }
}

final class PrometheusFloatingPointCounter: PrometheusInstrument, FloatingPointCounterHandler {
  static let kind = PrometheusKind.counter
  private let value = Mutex(0.0)

  func increment(by amount: Double) {
    guard amount.isFinite, amount > 0 else { return }
    value.withLock { $0 += amount }
  }

  func reset() { value.withLock { $0 = 0 } }

  func render(_ sample: PrometheusSample, into text: inout PrometheusText) {
    text.append(sample, value: PrometheusText.number(value.withLock { $0 }))
  }
}

/// A value that goes up and down: a `Meter`, a `Gauge`, or a `Recorder` that doesn't aggregate.
final class PrometheusGauge: PrometheusInstrument, MeterHandler, RecorderHandler {
  static let kind = PrometheusKind.gauge
  private let value = Mutex(0.0)

  func set(_ newValue: Int64) { set(Double(newValue)) }
  func set(_ newValue: Double) { value.withLock { $0 = newValue } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }
  func record(_ newValue: Int64) { set(newValue) }
  func record(_ newValue: Double) { set(newValue) }

  func render(_ sample: PrometheusSample, into text: inout PrometheusText) {
    text.append(sample, value: PrometheusText.number(value.withLock { $0 }))
  }
}

/// Observations counted in buckets: a `Timer` (in seconds) or a `Recorder` that aggregates.
final class PrometheusHistogram: PrometheusInstrument, TimerHandler, RecorderHandler {
  static let kind = PrometheusKind.histogram

  /// Upper bounds, inclusive, in seconds for timers.
  static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private struct State: Sendable {
    var counts = [UInt64](repeating: 0, count: PrometheusHistogram.bounds.count + 1)
    var sum = 0.0
  }
  private let state = Mutex(State())

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    guard !value.isNaN else { return }
    let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
    state.withLock { state in
      state.counts[bucket] += 1
      state.sum += value
    }
  }

  func render(_ sample: PrometheusSample, into text: inout PrometheusText) {
    let state = state.withLock { $0 }
    var total: UInt64 = 0
    for (count, bound) in zip(state.counts, Self.bounds.map(PrometheusText.number) + ["+Inf"]) {
      total += count
      text.append(sample, suffix: "_bucket", bound: bound, value: String(total))
    }
    text.append(sample, suffix: "_sum", value: PrometheusText.number(state.sum))
    text.append(sample, suffix: "_count", value: String(total))
  }
}
