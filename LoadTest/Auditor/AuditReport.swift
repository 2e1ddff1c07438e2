import LoadClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The result of an audit, as text and as JSON.
struct AuditReport: Encodable, Sendable {
  struct Line: Encodable, Sendable {
    let number: Int
    let title: String
    /// Seconds from the start of the audit to the start of the check, and its duration.
    let startedAfter: Double
    let seconds: Double
    let checked: Int
    let violations: Int
    /// The first violations.
    let examples: [String]
    /// Why the check failed; the result is then unknown, and the audit fails.
    let error: String?
  }

  /// The time until the system was quiescent, or the limit.
  struct Settling: Encodable, Sendable {
    let seconds: Double
    /// The open work at the limit.
    let outstanding: String?
  }

  private static let exampleLimit = 20

  let header: ReportHeader
  var settled = Settling(seconds: 0, outstanding: nil)
  var lines: [Line] = []
  var series = AuditSeries()
  var seconds = 0.0

  init(_ header: ReportHeader) {
    self.header = header
  }

  var violations: Int { lines.reduce(0) { $0 + $1.violations } }
  var isClean: Bool { lines.allSatisfy { $0.violations == 0 && $0.error == nil } }

  /// - Parameters:
  ///   - finding: the result of the check; empty if it failed.
  ///   - start: seconds from the start of the audit.
  mutating func add(
    _ invariant: Invariant, _ finding: Finding, failed error: (any Error)? = nil, from start: Double, to end: Double
  ) {
    let line = Line(
      number: invariant.number, title: invariant.title, startedAfter: start, seconds: end - start, checked: finding.checked,
      violations: finding.violations.count, examples: Array(finding.violations.prefix(Self.exampleLimit)),
      error: error.map { "\($0)" })
    lines.append(line)
    series.add(line)
  }

  /// The text of one line, followed by its violations.
  static func text(_ line: Line) -> String {
    let number = line.number < 10 ? " \(line.number)" : "\(line.number)"
    if let error = line.error { return "\(number) ?    \(line.title)\n        could not be checked: \(error)\n" }
    var text = "\(number) \(line.violations == 0 ? "ok  " : "FAIL") \(line.title)  (\(line.checked.grouped) checked)\n"
    for violation in line.examples { text += "        \(violation)\n" }
    if line.violations > line.examples.count {
      text += "        … and \((line.violations - line.examples.count).grouped) more\n"
    }
    return text
  }

  var summary: String {
    let unchecked = lines.filter { $0.error != nil }.count
    let time = "\(seconds.text(decimals: 1)) s"
    if isClean { return "All 14 invariants hold (\(time)).\n" }
    return "\(violations.grouped) violations" + (unchecked > 0 ? ", \(unchecked) invariants unchecked" : "") + " (\(time)).\n"
  }

  private enum CodingKeys: String, CodingKey {
    case units, clean, violations, seconds, settled, invariants, series
  }

  func encode(to encoder: any Encoder) throws {
    try header.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(["seconds": "s", "startedAfter": "s"], forKey: .units)
    try container.encode(isClean, forKey: .clean)
    try container.encode(violations, forKey: .violations)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(settled, forKey: .settled)
    try container.encode(lines, forKey: .invariants)
    try container.encode(series, forKey: .series)
  }

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self)
    }
  }
}
