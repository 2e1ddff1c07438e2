import Histogram
import LoadClient

/// Says how the run goes: on a terminal once a second in one line that is written over, else in a line every 5 s.
struct Progress: Sendable {
  private let context: SimulationContext
  private let start: ContinuousClock.Instant
  private let terminal = Terminal.isInteractive

  init(_ context: SimulationContext, start: ContinuousClock.Instant) {
    self.context = context
    self.start = start
  }

  func run() async {
    let interval = terminal ? 1.0 : 5.0
    var shown = 0.0
    var ended = 0
    while !Task.isCancelled {
      shown += interval
      try? await Task.sleep(until: start + .seconds(shown), tolerance: .zero)
      if Task.isCancelled { break }
      context.journal.flush()
      let values = context.measurements.values
      let line = Self.line(values, at: shown, ended: Double(values.ended - ended) / interval)
      ended = values.ended
      Terminal.write(terminal ? "\r\u{1b}[K" + line : line + "\n")
    }
    if terminal { Terminal.write("\r\u{1b}[K") }
  }

  /// - Parameter ended: lives in a second, of late.
  static func line(_ values: Measurements.Values, at second: Double, ended: Double) -> String {
    let push = Double(values.push.valueAtPercentile(99)) / 1000
    let troubles = values.unexpected.count + values.failures.count + values.violations.count
    return """
      \(second.text(decimals: 0)) s  \(values.started.grouped) begun, \((values.started - values.ended).grouped) open, \
      \(ended.text(decimals: 1)) ended a second  push p99 \(push.text(decimals: 0)) ms  \(troubles.grouped) troubles
      """
  }
}

extension Measurements.Values {
  /// Lives that are over, in whatever way.
  var ended: Int { asExpected + unexpected.count }
}
