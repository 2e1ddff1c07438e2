import Testing

@testable import Simulator

@Suite("Load series")
struct LoadSeriesTests {
  private var series = LoadSeries()

  @Test("each second has its own counts and quantiles")
  mutating func seconds() {
    for milliseconds in [2, 4, 6] as [UInt64] { series.placed(after: milliseconds * 1000, in: 0) }
    series.placed(after: 100_000, in: 1)
    series.runEnded(asExpected: true, in: 1)
    series.runEnded(asExpected: false, in: 1)
    series.pushed(after: 30_000, in: 1)
    let points = series.points
    #expect(points.map(\.placed) == [3, 1])
    #expect(points.map { $0.placeP50.map { $0.rounded() } } == [4, 100])
    #expect(points.map { $0.placeP99.map { $0.rounded() } } == [6, 100])
    #expect(points.map { $0.pushP99.map { $0.rounded() } } == [nil, 30])
    #expect(points.map(\.finished) == [0, 1])
    #expect(points.map(\.failed) == [0, 1])
  }

  @Test("a second without measurements is a point without latencies")
  mutating func emptySeconds() {
    series.runEnded(asExpected: true, in: 3)
    #expect(series.points.map(\.second) == [0, 1, 2, 3])
    #expect(series.points[1] == LoadSeries.Point(second: 1))
  }

  @Test("a late measurement counts in the current second")
  mutating func late() {
    series.placed(after: 1000, in: 2)
    series.placed(after: 1000, in: 1)
    #expect(series.points.map(\.placed) == [0, 0, 2])
  }
}
