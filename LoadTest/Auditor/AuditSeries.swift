/// What happened in each second of an audit.
struct AuditSeries: Encodable, Sendable {
  struct Point: Encodable, Sendable {
    /// Since the start of the audit.
    let second: Int
    /// The open work that was last seen in this second; `nil` if the system was quiescent, or not observed.
    var outstanding: String?
    /// Of the invariants whose check ended in this second.
    var checked = 0
    var violations = 0
  }

  private var points = [Point(second: 0)]

  mutating func observe(_ outstanding: String?, at seconds: Double) {
    points[index(at: seconds)].outstanding = outstanding
  }

  mutating func add(_ line: AuditReport.Line) {
    let index = index(at: line.startedAfter + line.seconds)
    points[index].checked += line.checked
    points[index].violations += line.violations
  }

  func encode(to encoder: any Encoder) throws {
    try points.encode(to: encoder)
  }

  /// The index of a moment's point; adds the points up to it.
  private mutating func index(at seconds: Double) -> Int {
    while points.count <= Int(seconds) { points.append(Point(second: points.count)) }
    return Int(seconds)
  }
}
