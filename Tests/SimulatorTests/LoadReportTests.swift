import Contracts
import LoadClient
import Testing

@testable import Simulator

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Load report")
struct ReportTests {
  private let measurements = RunMeasurements()

  private func report(_ profile: LoadProfile = LoadProfile(duration: 10)) -> LoadReport {
    let start = Timestamp(milliseconds: 1_700_000_000_000)
    let header = ReportHeader(schema: "baedal.load", startedAt: start, ["COMMIT": "0d53ea3-dirty"])
    return LoadReport(header, measurements.values, profile: profile, seconds: 12.5, processors: 0.25)
  }

  @Test("quantiles match the recorded values")
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

  @Test("goodput counts order runs that ended as expected before the last arrival")
  func goodput() {
    for number in 0..<50 {
      measurements.runStarted()
      measurements.runEnded(.happy, "delivered", inTime: number < 40)
    }
    #expect(report().goodput == 4)
    #expect(report().faults.isEmpty)
  }

  @Test("an order run with an unexpected outcome fails the run and is reported")
  func unexpected() {
    measurements.runStarted()
    measurements.runFailed(.happy, "unexpected", "order 42, happy: ended as expired")
    #expect(report().faults == ["1 order runs had an unexpected outcome"])
    #expect(report().text.contains("order 42, happy: ended as expired"))
  }

  @Test("freshness over 3 s fails the run, unless outages are tolerated")
  func freshness() {
    measurements.runStarted()
    for _ in 0..<98 { measurements.pushed(afterMicroseconds: 20_000) }
    #expect(report().faults.isEmpty)
    for _ in 0..<2 { measurements.pushed(afterMicroseconds: 3_100_000) }
    #expect(report().faults.count == 1)
    #expect(report(LoadProfile(toleratesOutages: true)).faults.isEmpty)
  }

  @Test("under tolerated outages orders may expire, but at least one must be delivered")
  func delivered() {
    let profile = LoadProfile(toleratesOutages: true)
    measurements.runStarted()
    measurements.runEnded(.acceptRacesCancel, "cancelled", inTime: true)
    #expect(report(profile).faults.isEmpty)
    measurements.runEnded(.happy, "expired", inTime: true)
    measurements.runEnded(.acceptRacesCancel, "delivered", inTime: true)
    #expect(report(profile).faults == ["no order was delivered"])
    measurements.runEnded(.providerHangs, "delivered", inTime: true)
    #expect(report(profile).faults.isEmpty)
  }

  @Test("violations, failed riders' requests and a run without order runs are faults")
  func faults() {
    #expect(report().faults == ["no order run started"])
    measurements.runStarted()
    measurements.violated("a version decreased")
    measurements.failed("rider 7")
    #expect(report().faults.count == 2)
  }

  @Test("failures are expected while something is stopped on purpose, but inconsistencies are not")
  func injectedFaults() {
    measurements.runStarted()
    measurements.runFailed(.happy, "unexpected", "order 42, happy: 503")
    var result = report()
    #expect(!result.isExpected)
    let log = """
      2026-11-30T18:19:59.000Z supervisorctl stop shop
      2026-11-30T18:20:03.000Z supervisorctl stop payment
      a line of something else
      """
    result.injected = InjectedFault.list(log, since: Timestamp(rfc3339: "2026-11-30T18:20:00.000Z")!)
    #expect(result.injected.map(\.command) == ["supervisorctl stop payment"])
    #expect(result.isExpected)
    #expect(result.text.contains("expected while something is stopped: 1 order runs had an unexpected outcome"))
    #expect(!result.text.contains("FAILED"))
    measurements.violated("a version decreased")
    var violated = report()
    violated.injected = result.injected
    #expect(!violated.isExpected && violated.text.contains("FAILED"))
    var tolerant = report(LoadProfile(toleratesOutages: true))
    tolerant.injected = result.injected
    #expect(!tolerant.isExpected)
  }

  @Test("the JSON report has the measurements")
  func json() throws {
    struct Numbers: Decodable {
      struct LatencyQuantiles: Decodable { let count: Int, p50, p90, p99, max: Double }
      struct Step: Decodable { let count: Int, p99: Double, errors: [String: Int] }
      struct IssueList: Decodable { let count: Int, first: [String] }
      struct Schema: Decodable { let name: String, version: Int }
      struct Point: Decodable { let second: Int, placed: Int, failed: Int, placeP50: Double?, pushP99: Double? }
      let schema: Schema, startedAt: Timestamp, commit: String, series: [Point]
      let ok: Bool, goodput: Double, processors: Double, started: Int
      let faults: [String]
      let steps: [String: Step]
      let lives: [String: [String: Int]]
      let ends: [String: Set<String>]
      let ways: [String]
      let pushFreshness, ratingFreshness: LatencyQuantiles
      let unexpected: IssueList
    }
    measurements.runStarted()
    measurements.runFailed(.nobodyAnswers, "unexpected", "order \"x\"\n\\")
    measurements.record(.accept, .milliseconds(8))
    measurements.refused(.accept, "409 illegal_transition")
    measurements.pushed(afterMicroseconds: 5000)
    let profile = LoadProfile(duration: 10, scenarios: [.nobodyAnswers, .happy])
    let numbers = try JSONDecoder().decode(Numbers.self, from: Data(report(profile).json.utf8))
    #expect(numbers.schema.name == "baedal.load" && numbers.schema.version == 1)
    #expect(numbers.startedAt.rfc3339 == "2023-11-14T22:13:20.000Z")
    #expect(numbers.commit == "0d53ea3-dirty")
    #expect(numbers.series.map(\.second) == [0])
    #expect(numbers.series[0].failed == 1 && numbers.series[0].placed == 0)
    #expect(numbers.series[0].placeP50 == nil && numbers.series[0].pushP99 == 5)
    #expect(!numbers.ok)
    #expect(numbers.faults.count == 1)
    #expect(numbers.started == 1)
    #expect(numbers.processors == 0.25)
    #expect(numbers.steps["accept"]?.errors == ["409 illegal_transition": 1])
    #expect(numbers.lives == ["nobodyAnswers": ["unexpected": 1]])
    #expect(Set(numbers.ends.keys) == Set(Scenario.allCases.map(\.rawValue)))
    #expect(numbers.ends["acceptRacesCancel"] == ["delivered", "cancelled"])
    #expect(numbers.ways == ["nobodyAnswers", "happy"])
    #expect(numbers.pushFreshness.count == 1)
    #expect(numbers.ratingFreshness.max == 0)
    #expect(numbers.unexpected.first == ["order \"x\"\n\\"])
  }

  @Test("the text has a row for each step and each scenario")
  func text() {
    measurements.runStarted()
    measurements.record(.take, .milliseconds(12))
    measurements.runEnded(.riderDeclines, "delivered", inTime: true)
    let text = report().text
    #expect(text.contains("rider accepts the offer"))
    #expect(text.contains("riderDeclines             \u{20}\u{20}delivered × 1"))
    #expect(text.contains("passed"))
  }

  @Test("the progress line counts open order runs")
  func progress() {
    for _ in 0..<3 { measurements.runStarted() }
    measurements.runEnded(.happy, "delivered", inTime: true)
    #expect(ProgressReporter.line(measurements.values, at: 5, ended: 0.2).hasPrefix("5 s  3 started, 2 open, 0.2 ended/s"))
  }
}
