import Contracts
import Testing

@testable import Simulator

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Report")
struct ReportTests {
  private let measurements = Measurements()

  private func report(_ profile: LoadProfile = LoadProfile(duration: 10)) -> Report {
    Report(measurements.values, profile: profile, seconds: 12.5, processors: 0.25)
  }

  @Test("quantiles are those of what was recorded")
  func quantiles() throws {
    for milliseconds in 1...1000 { measurements.record(.place, .milliseconds(milliseconds)) }
    measurements.refused(.place, "503 unavailable")
    measurements.refused(.place, "503 unavailable")
    let place = try #require(report().steps.first)
    #expect(place.step == .place)
    #expect(place.delays.count == 1000)
    // Three significant digits.
    for (value, expected) in [
      (place.delays.p50, 500.0), (place.delays.p90, 900), (place.delays.p99, 990), (place.delays.max, 1000),
    ] {
      #expect(abs(value - expected) <= expected / 1000)
    }
    #expect(place.errors == ["503 unavailable": 2])
  }

  @Test("goodput counts lives that ended as expected while lives arrived")
  func goodput() {
    for number in 0..<50 {
      measurements.lifeStarted()
      measurements.runEnded(.happy, "delivered", inTime: number < 40)
    }
    #expect(report().goodput == 4)
    #expect(report().faults.isEmpty)
  }

  @Test("a life that ended otherwise fails the run and is named")
  func unexpected() {
    measurements.lifeStarted()
    measurements.runFailed(.happy, "unexpected", "order 42, happy: ended as expired")
    #expect(report().faults == ["1 lives ended otherwise than expected"])
    #expect(report().text.contains("order 42, happy: ended as expired"))
  }

  @Test("freshness over 3 s fails the run, unless outages are tolerated")
  func freshness() {
    measurements.lifeStarted()
    for _ in 0..<98 { measurements.pushed(afterMicroseconds: 20_000) }
    #expect(report().faults.isEmpty)
    for _ in 0..<2 { measurements.pushed(afterMicroseconds: 3_100_000) }
    #expect(report().faults.count == 1)
    #expect(report(LoadProfile(toleratesOutages: true)).faults.isEmpty)
  }

  @Test("where outages are tolerated orders may expire, but not every one that could be delivered")
  func delivered() {
    let profile = LoadProfile(toleratesOutages: true)
    measurements.lifeStarted()
    measurements.runEnded(.acceptRacesCancel, "cancelled", inTime: true)
    #expect(report(profile).faults.isEmpty)
    measurements.runEnded(.happy, "expired", inTime: true)
    measurements.runEnded(.acceptRacesCancel, "delivered", inTime: true)
    #expect(report(profile).faults == ["no order was delivered"])
    measurements.runEnded(.providerHangs, "delivered", inTime: true)
    #expect(report(profile).faults.isEmpty)
  }

  @Test("broken promises, failed riders and a run without lives are faults")
  func faults() {
    #expect(report().faults == ["no life began"])
    measurements.lifeStarted()
    measurements.violated("a version fell")
    measurements.failed("rider 7")
    #expect(report().faults.count == 2)
  }

  @Test("the JSON can be read and has the numbers")
  func json() throws {
    struct Numbers: Decodable {
      struct Delays: Decodable { let count: Int, p50, p90, p99, max: Double }
      struct Step: Decodable { let count: Int, p99: Double, errors: [String: Int] }
      struct Notes: Decodable { let count: Int, first: [String] }
      let ok: Bool, goodput: Double, processors: Double, started: Int
      let faults: [String]
      let steps: [String: Step]
      let runs: [String: [String: Int]]
      let ends: [String: Set<String>]
      let scenarios: [String]
      let pushFreshness, ratingFreshness: Delays
      let unexpected: Notes
    }
    measurements.lifeStarted()
    measurements.runFailed(.nobodyAnswers, "unexpected", "order \"x\"\n\\")
    measurements.record(.accept, .milliseconds(8))
    measurements.refused(.accept, "409 illegal_transition")
    measurements.pushed(afterMicroseconds: 5000)
    let profile = LoadProfile(duration: 10, scenarios: [.nobodyAnswers, .happy])
    let numbers = try JSONDecoder().decode(Numbers.self, from: Data(report(profile).json.utf8))
    #expect(!numbers.ok)
    #expect(numbers.faults.count == 1)
    #expect(numbers.started == 1)
    #expect(numbers.processors == 0.25)
    #expect(numbers.steps["accept"]?.errors == ["409 illegal_transition": 1])
    #expect(numbers.runs == ["nobodyAnswers": ["unexpected": 1]])
    #expect(Set(numbers.ends.keys) == Set(Scenario.allCases.map(\.rawValue)))
    #expect(numbers.ends["acceptRacesCancel"] == ["delivered", "cancelled"])
    #expect(numbers.scenarios == ["nobodyAnswers", "happy"])
    #expect(numbers.pushFreshness.count == 1)
    #expect(numbers.ratingFreshness.max == 0)
    #expect(numbers.unexpected.first == ["order \"x\"\n\\"])
  }

  @Test("the text has a row for each step and each way")
  func text() {
    measurements.lifeStarted()
    measurements.record(.take, .milliseconds(12))
    measurements.runEnded(.riderDeclines, "delivered", inTime: true)
    let text = report().text
    #expect(text.contains("rider takes"))
    #expect(text.contains("riderDeclines             \u{20}\u{20}delivered × 1"))
    #expect(text.contains("all is well"))
  }

  @Test("the progress line counts what is open")
  func progress() {
    for _ in 0..<3 { measurements.lifeStarted() }
    measurements.runEnded(.happy, "delivered", inTime: true)
    #expect(Progress.line(measurements.values, at: 5, ended: 0.2).hasPrefix("5 s  3 begun, 2 open, 0.2 ended a second"))
  }
}
