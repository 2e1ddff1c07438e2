import Testing

@testable import Simulator

@Suite("Arrivals")
struct ArrivalsTests {
  @Test("order runs arrive at the rate, with the variance of a Poisson process")
  func rate() {
    let seconds = 2000
    let times = Arrivals(rate: 50, duration: Double(seconds), seed: 7).times()
    var counts = Array(repeating: 0, count: seconds)
    for time in times { counts[Int(time)] += 1 }
    let mean = Double(times.count) / Double(seconds)
    let variance = counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(seconds - 1)
    // Four standard deviations of either estimate.
    #expect(abs(mean - 50) < 4 * 0.16)
    #expect(abs(variance - 50) < 4 * 1.6)
  }

  @Test("the gaps between arrivals are exponential")
  func gaps() {
    let times = Arrivals(rate: 10, duration: 5000, seed: 3).times()
    let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
    // 1 − e⁻¹ of the gaps are shorter than their mean.
    let short = Double(gaps.count { $0 < 0.1 }) / Double(gaps.count)
    #expect(abs(short - 0.632) < 0.01)
  }

  @Test("arrivals are deterministic for a seed and differ between seeds")
  func seed() {
    let times = Arrivals(rate: 20, duration: 30, curve: .lunchPeak, seed: 1).times()
    #expect(times == Arrivals(rate: 20, duration: 30, curve: .lunchPeak, seed: 1).times())
    #expect(times != Arrivals(rate: 20, duration: 30, curve: .lunchPeak, seed: 2).times())
  }

  @Test("arrivals are in order and within the run")
  func order() throws {
    let times = Arrivals(rate: 30, duration: 20, curve: .lunchPeak, bursts: [Burst(count: 10, second: 5)], seed: 4).times()
    #expect(times == times.sorted())
    #expect(try #require(times.first) >= 0)
    #expect(try #require(times.last) <= 20)
  }

  @Test("the lunch peak rises to three times the rate in the middle")
  func lunchPeak() {
    let curve = RateCurve.lunchPeak
    #expect(abs(curve.factor(at: 0, of: 60) - 1) < 1e-9)
    #expect(abs(curve.factor(at: 30, of: 60) - 3) < 1e-9)
    #expect(abs(curve.factor(at: 60, of: 60) - 1) < 1e-9)
    let times = Arrivals(rate: 50, duration: 600, curve: curve, seed: 5).times()
    let (edge, middle) = (times.count { $0 < 20 }, times.count { (290..<310).contains($0) })
    #expect(abs(Double(edge) / 20 - 50) < 8)
    #expect(abs(Double(middle) / 20 - 150) < 12)
  }

  @Test("the integral is the area under the curve, and its inverse is the time", arguments: [0.0, 7, 15, 30, 44.5, 60])
  func integral(end: Double) {
    let curve = RateCurve.lunchPeak
    let pieces = 20_000
    let width = end / Double(pieces)
    let area = (0..<pieces).reduce(0) { $0 + width * curve.factor(at: (Double($1) + 0.5) * width, of: 60) }
    #expect(abs(curve.integral(to: end, of: 60) - area) < 1e-5)
    #expect(abs(curve.time(ofIntegral: area, of: 60) - end) < 1e-4)
  }

  @Test("a burst adds its order runs at one time")
  func burst() {
    let quiet = Arrivals(rate: 10, duration: 30, seed: 6).times()
    let times = Arrivals(rate: 10, duration: 30, bursts: [Burst(count: 200, second: 12)], seed: 6).times()
    #expect(times.count == quiet.count + 200)
    #expect(times.count { $0 == 12 } == 200)
  }

  @Test("a burst is parsed from count@second")
  func burstArgument() {
    #expect(Burst(argument: "200@12.5") == Burst(count: 200, second: 12.5))
    for wrong in ["200", "@3", "x@3", "0@3", "5@-1", "5@3@4"] { #expect(Burst(argument: wrong) == nil) }
  }
}
