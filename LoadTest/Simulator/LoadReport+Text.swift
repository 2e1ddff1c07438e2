import Contracts
import LoadClient

extension LoadReport {
  /// The human-readable report.
  var text: String {
    (head + stepTable + runTable + freshness + issues).joined(separator: "\n") + "\n"
  }

  private var head: [String] {
    [
      """
      \(values.started.grouped) order runs started in \(profile.duration.text(decimals: 0)) s (seed \(profile.seed)), \
      \(values.asExpected.grouped) ended as expected, \(seconds.text(decimals: 1)) s in total
      goodput \(goodput.text(decimals: 1)) order runs/s; the simulator used \(processors.text(decimals: 2)) processors
      """
    ]
  }

  private var stepTable: [String] {
    let rows = steps.map { Self.row($0.step.label, $0.delays) + Self.list($0.errors) }
    return ["", Self.title("from the intended start, in ms")] + rows
  }

  private var runTable: [String] {
    let rows = Scenario.allCases.compactMap { scenario in
      values.runs[scenario].map { scenario.rawValue.padded(to: 26) + Self.list($0) }
    }
    return ["", "order runs by scenario and final status"] + rows
  }

  private var freshness: [String] {
    [
      "", Self.title("freshness, in ms"), Self.row("commit to push", push), Self.row("review to listing", rating),
      values.resumed > 0 ? "\(values.resumed.grouped) streams ended early and were resumed" : nil,
    ].compactMap { $0 }
  }

  private var issues: [String] {
    let notes = [values.unexpected, values.failures, values.violations].flatMap(\.first)
    let shown = notes.prefix(20).map { "  \($0)" } + (notes.count > 20 ? ["  … the JSON report has more"] : [])
    if faults.isEmpty { return ["", "passed"] }
    let reasons = faults.joined(separator: "; ")
    guard isExpected else { return ["", "FAILED: " + reasons] + shown }
    let causes = injected.map { "  \($0.time.rfc3339)  \($0.command)" }
    return ["", "expected while something is stopped: " + reasons] + causes + ["`make audit` shows whether anything was lost"]
  }

  private static func title(_ text: String) -> String {
    text.padded(to: 32) + ["count", "p50", "p90", "p99", "max"].map { $0.aligned(to: 10) }.joined()
  }

  private static func row(_ label: String, _ delays: LatencyQuantiles) -> String {
    let numbers = [delays.p50, delays.p90, delays.p99, delays.max].map { $0.text(decimals: 1).aligned(to: 10) }
    return label.padded(to: 32) + delays.count.grouped.aligned(to: 10) + numbers.joined()
  }

  private static func list(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "  \($0.key) × \($0.value.grouped)" }.joined()
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  fileprivate func aligned(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
