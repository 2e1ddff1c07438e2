import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A whole system with sample shops, under load by the simulator and checked by the auditor.
struct OrderSystem: Sendable {
  let stack: OrderStack

  /// Runs `body` with its own system.
  static func run(_ settings: [String: String] = [:], _ body: (OrderSystem) async throws -> Void) async throws {
    let stack = try await OrderStack.start(settings)
    let system = try OrderSystem(stack: stack)
    let result: Result<Void, any Error>
    do {
      try await system.openShops()
      result = .success(try await body(system))
    } catch {
      result = .failure(error)
    }
    try await stack.stop()
    try result.get()
  }

  private func openShops() async throws {
    let loaded = try await program("sample-shops", ["--count", "60"])
    guard loaded.exit == .status(0) else { throw ServerFailure(what: "sample-shops", output: loaded.output) }
    let listing = RESTClient(stack["shop-listing"].url)
    try await eventually(within: .seconds(20), "the sample shops in the listing") {
      try await listing.get("/listings?limit=50").text.contains("nextCursor\":\"")
    }
  }

  /// Runs complete orders at a rate, a fifth of them with an unhappy scenario.
  ///
  /// - Parameter toleratingOutages: clients retry while a service is unavailable, and orders may expire, though not all. Otherwise each
  ///   order must end as its scenario permits.
  func load(
    rate: Int = 20, seconds: Int = 4, seed: Int, through route: String = "direct", toleratingOutages: Bool = false
  ) async throws {
    try await simulate(
      ["--rate", "\(rate)", "--duration", "\(seconds)", "--seed", "\(seed)", "--unhappy", "0.2", "--through", route]
        + (toleratingOutages ? ["--tolerate-outages"] : []))
  }

  /// Runs every scenario in turn; each order must end as its scenario permits.
  @discardableResult
  func loadEveryScenario(rate: Int, seconds: Int, seed: Int) async throws -> LoadReport {
    try await simulate(["--rate", "\(rate)", "--duration", "\(seconds)", "--seed", "\(seed)", "--scenarios", "all"])
    return try JSONDecoder().decode(LoadReport.self, from: Data(contentsOf: URL(filePath: loadReport)))
  }

  private func simulate(_ options: [String]) async throws {
    let ran = try await program(
      "simulator",
      options + [
        "--shops", "60", "--customers", "30", "--riders", "60", "--drain", "90", "--json", loadReport, "--journal", journal,
      ])
    #expect(ran.exit == .status(0), "the simulator failed:\n\(ran.output)")
  }

  /// Expects that all invariants hold.
  func audit() async throws {
    let ran = try await program("auditor", ["--settle", "60", "--journal", journal, "--json", auditReport])
    #expect(ran.exit == .status(0), "the audit failed:\n\(ran.output)")
  }

  /// Expects that the reports of the load and of the audit follow their schemas, and that their pictures can be drawn.
  func validateReports() async throws {
    for script in ["validate.py", "draw.py"] {
      let ran = try await ChildProcess.run(["python3", "\(Self.repository)/LoadTest/\(script)", loadReport, auditReport])
      #expect(ran.exit == .status(0), "\(script) failed:\n\(ran.output)")
    }
  }

  /// The violations that an audit without waiting finds, by the invariants' numbers.
  func violations() async throws -> [Int: [String]] {
    struct Report: Decodable {
      struct Invariant: Decodable {
        let number: Int
        let examples: [String]
      }
      let invariants: [Invariant]
    }
    _ = try await program("auditor", ["--settle", "0", "--journal", journal, "--json", auditReport])
    let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: auditReport)))
    return Dictionary(uniqueKeysWithValues: report.invariants.filter { !$0.examples.isEmpty }.map { ($0.number, $0.examples) })
  }

  /// Adds a line to the simulator's journal.
  func appendToJournal(_ line: String) throws {
    let lines = try Data(contentsOf: URL(filePath: journal))
    try (lines + Data("\(line)\n".utf8)).write(to: URL(filePath: journal))
  }

  private let folder: TemporaryFolder

  private init(stack: OrderStack) throws {
    self.stack = stack
    folder = try TemporaryFolder()
  }

  private static let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  private var loadReport: String { "\(folder.path)/load.json" }
  private var auditReport: String { "\(folder.path)/audit.json" }
  private var journal: String { "\(folder.path)/journal.jsonl" }

  private func program(_ name: String, _ arguments: [String]) async throws -> (exit: ChildProcess.Exit, output: String) {
    try await ChildProcess.run(
      ["\(ServiceProcess.folder)/\(name)"] + arguments, environment: stack.auditEnvironment, within: .seconds(300))
  }
}
