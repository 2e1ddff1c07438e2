import TestSupport
import Testing

@Suite("The ways of an order", .serialized)
struct ScenarioTests {
  @Test("Every way that an order can take comes to the end it should, and the books balance", .timeLimit(.minutes(5)))
  func everyWay() async throws {
    try await OrderSystem.run { system in
      let report = try await system.loadEveryWay(rate: 5, seconds: 6, seed: 10)
      #expect(Set(report.lives.keys) == Set(report.ends.keys))
      for (way, ends) in report.ends {
        let lives = report.lives[way] ?? [:]
        #expect(lives.values.reduce(0, +) >= 2, "\(way) was hardly taken: \(lives)")
        #expect(ends.isSuperset(of: lives.keys), "\(way) ended as \(lives)")
      }
      // What was done on a way and its end doesn't tell.
      for step in ["decline", "deleteReview", "reply"] {
        let count = report.steps[step]?.count ?? 0
        #expect(count > 0, "nobody did \(step)")
      }
      try await system.audit()
    }
  }

  @Test("Ways that there aren't, and ways both in turn and by chance, are refused with a message that helps")
  func refusedWays() async throws {
    let simulator = "\(ServiceProcess.folder)/simulator"
    let unknown = try await ChildProcess.run([simulator, "--ways", "happy,declined"])
    #expect(unknown.exit == .status(64))
    #expect(unknown.output.contains("no way is called 'declined'; there are happy, declinedCard, "), "\(unknown.output)")
    let both = try await ChildProcess.run([simulator, "--ways", "happy", "--unhappy", "0.2"])
    #expect(both.exit == .status(64))
    #expect(both.output.contains("--unhappy and --ways exclude each other"), "\(both.output)")
  }
}
