import TestSupport
import Testing

@Suite("The scenarios of an order", .serialized)
struct ScenarioTests {
  @Test(
    "Every scenario ends in a permitted status, the audit passes, and both reports follow their schemas", .timeLimit(.minutes(5)))
  func everyScenario() async throws {
    try await OrderSystem.run { system in
      let report = try await system.loadEveryScenario(rate: 5, seconds: 6, seed: 10)
      #expect(Set(report.lives.keys) == Set(report.ends.keys))
      for (scenario, ends) in report.ends {
        let runs = report.lives[scenario] ?? [:]
        #expect(runs.values.reduce(0, +) >= 2, "\(scenario) had too few order runs: \(runs)")
        #expect(ends.isSuperset(of: runs.keys), "\(scenario) ended as \(runs)")
      }
      // Steps that the final status does not imply.
      for step in ["decline", "deleteReview", "reply"] {
        let count = report.steps[step]?.count ?? 0
        #expect(count > 0, "no \(step)")
      }
      try await system.audit()
      try await system.validateReports()
    }
  }

  @Test("Unknown scenarios, and scenarios together with --unhappy, are usage errors with a helpful message")
  func invalidScenarios() async throws {
    let simulator = "\(ServiceProcess.folder)/simulator"
    let unknown = try await ChildProcess.run([simulator, "--scenarios", "happy,declined"])
    #expect(unknown.exit == .status(64))
    #expect(unknown.output.contains("unknown scenario 'declined'; the scenarios are happy, declinedCard, "), "\(unknown.output)")
    let both = try await ChildProcess.run([simulator, "--scenarios", "happy", "--unhappy", "0.2"])
    #expect(both.exit == .status(64))
    #expect(both.output.contains("--unhappy and --scenarios are mutually exclusive"), "\(both.output)")
  }
}
