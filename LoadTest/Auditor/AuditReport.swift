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
    let checked: Int
    let violations: Int
    /// The first violations.
    let examples: [String]
    /// Why the check failed; the result is then unknown, and the audit fails.
    let error: String?
  }

  private static let exampleLimit = 20

  var lines: [Line] = []
  var seconds = 0.0

  var violations: Int { lines.reduce(0) { $0 + $1.violations } }
  var isClean: Bool { lines.allSatisfy { $0.violations == 0 && $0.error == nil } }

  mutating func add(_ invariant: Invariant, _ finding: Finding) {
    lines.append(
      Line(
        number: invariant.number, title: invariant.title, checked: finding.checked, violations: finding.violations.count,
        examples: Array(finding.violations.prefix(Self.exampleLimit)), error: nil))
  }

  mutating func add(_ invariant: Invariant, failed error: any Error) {
    lines.append(
      Line(number: invariant.number, title: invariant.title, checked: 0, violations: 0, examples: [], error: "\(error)"))
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
    case clean, violations, seconds, invariants
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(isClean, forKey: .clean)
    try container.encode(violations, forKey: .violations)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(lines, forKey: .invariants)
  }

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self)
    }
  }
}
