import Histogram

/// What happened in each second of a run.
struct LoadSeries: Sendable {
  struct Point: Hashable, Sendable {
    /// Since the start of the run.
    let second: Int
    /// Orders that the order service accepted.
    var placed = 0
    /// Order runs that ended as expected.
    var finished = 0
    /// Order runs that ended otherwise or not at all.
    var failed = 0
    /// The latency of `POST /orders` in milliseconds; `nil` if there was none.
    var placeP50: Double?
    var placeP99: Double?
    /// The latency from a change's commit to its arrival on a tracking stream, in milliseconds.
    var pushP99: Double?
  }

  private var ended: [Point] = []
  private var current = Point(second: 0)
  // Microseconds, in the current second.
  private var place = RunMeasurements.newHistogram()
  private var push = RunMeasurements.newHistogram()

  /// All points, including that of the current second.
  var points: [Point] { ended + [currentWithQuantiles] }

  mutating func placed(after microseconds: UInt64, in second: Int) {
    advance(to: second)
    current.placed += 1
    _ = place.record(microseconds)
  }

  mutating func pushed(after microseconds: UInt64, in second: Int) {
    advance(to: second)
    _ = push.record(microseconds)
  }

  mutating func runEnded(asExpected: Bool, in second: Int) {
    advance(to: second)
    if asExpected { current.finished += 1 } else { current.failed += 1 }
  }

  /// Ends the seconds before `second`. One that has ended stays so: a late measurement counts in the current second.
  private mutating func advance(to second: Int) {
    guard second > current.second else { return }
    ended.append(currentWithQuantiles)
    ended += (current.second + 1..<second).map { Point(second: $0) }
    current = Point(second: second)
    place.reset()
    push.reset()
  }

  private var currentWithQuantiles: Point {
    var point = current
    func milliseconds(_ histogram: Histogram<UInt64>, _ percentile: Double) -> Double? {
      histogram.totalCount == 0 ? nil : Double(histogram.valueAtPercentile(percentile)) / 1000
    }
    point.placeP50 = milliseconds(place, 50)
    point.placeP99 = milliseconds(place, 99)
    point.pushP99 = milliseconds(push, 99)
    return point
  }
}
