import Histogram
import LoadClient

/// Prints the progress of a run: on a terminal every second in one updated line, otherwise a line every 5 s.
struct ProgressReporter: Sendable {
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

  /// - Parameter ended: order runs per second since the last line.
  static func line(_ values: RunMeasurements.Values, at second: Double, ended: Double) -> String {
    let push = Double(values.push.valueAtPercentile(99)) / 1000
    let issues = values.unexpected.count + values.failures.count + values.violations.count
    return """
      \(second.text(decimals: 0)) s  \(values.started.grouped) started, \((values.started - values.ended).grouped) open, \
      \(ended.text(decimals: 1)) ended/s  push p99 \(push.text(decimals: 0)) ms  \(issues.grouped) issues
      """
  }
}

extension RunMeasurements.Values {
  /// Order runs that have ended, as expected or not.
  var ended: Int { asExpected + unexpected.count }
}
