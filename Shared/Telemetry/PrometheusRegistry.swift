public import CoreMetrics
import Synchronization

/// All metrics of the process, rendered in Prometheus's text format.
///
/// Creating an instrument takes a lock and a look-up, so hot paths keep theirs; recording takes an atomic addition or an
/// uncontended lock and allocates nothing. Instruments with the same name and labels are the same time series. A name that is
/// already used for another kind yields an instrument that is not rendered, because the format allows one kind per name.
public final class PrometheusRegistry: MetricsFactory, Sendable {
  /// The registry that ``Telemetry/bootstrap(service:instance:logLevel:)`` installs and `/metrics` renders.
  public static let shared = PrometheusRegistry()

  private struct Family: Sendable {
    let kind: PrometheusKind
    var instruments: [PrometheusSample: any PrometheusInstrument] = [:]
  }

  private struct State: Sendable {
    var families: [String: Family] = [:]
    var help: [String: String] = [:]
  }

  private let state = Mutex(State())

  /// An empty registry, for tests.
  public init() {}

  /// Sets the `# HELP` text of a metric; the default is its name in words.
  public func describe(_ name: String, _ help: String) {
    state.withLock { $0.help[PrometheusSample.valid(name, colons: true)] = help }
  }

  /// All metrics in text format 0.0.4, UTF-8, in order of name, followed by the process statistics.
  public func render() -> [UInt8] {
    // The instruments are read outside of the lock: rendering is slow, and creating an instrument must not wait for it.
    let (families, help) = state.withLock { ($0.families, $0.help) }
    var text = PrometheusText()
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.instruments.isEmpty {
      text.describe(name, help: help[name] ?? name.split(separator: "_").joined(separator: " "), kind: family.kind)
      for (sample, instrument) in family.instruments.sorted(by: { $0.key.labels < $1.key.labels }) {
        instrument.render(sample, into: &text)
      }
    }
    ProcessStatistics.render(into: &text)
    return text.bytes
  }

  private func instrument<Instrument: PrometheusInstrument>(
    _ label: String, _ dimensions: [(String, String)], _ make: @autoclosure () -> Instrument
  ) -> Instrument {
    let sample = PrometheusSample(label: label, dimensions: dimensions)
    return state.withLock { state in
      var family = state.families[sample.name] ?? Family(kind: Instrument.kind)
      if let known = family.instruments[sample] { return known as? Instrument ?? make() }
      let made = make()
      guard family.kind == Instrument.kind else { return made }
      family.instruments[sample] = made
      state.families[sample.name] = family
      return made
    }
  }

  private func remove(_ handler: AnyObject) {
    state.withLock { state in
      for (name, family) in state.families {
        for (sample, instrument) in family.instruments where instrument === handler {
          state.families[name]?.instruments[sample] = nil
        }
      }
    }
  }
}

extension PrometheusRegistry {
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    instrument(label, dimensions, PrometheusCounter())
  }

  public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
    instrument(label, dimensions, PrometheusFloatingPointCounter())
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    instrument(label, dimensions, PrometheusGauge())
  }

  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    aggregate ? instrument(label, dimensions, PrometheusHistogram()) : instrument(label, dimensions, PrometheusGauge())
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    instrument(label, dimensions, PrometheusHistogram())
  }

  public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
  public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
  public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
  public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
