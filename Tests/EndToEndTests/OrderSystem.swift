import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The whole system with shops to order from, the simulator to order, and the auditor to judge.
struct OrderSystem: Sendable {
  let stack: OrderStack

  /// Runs `body` with a system of its own.
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

  /// Whole lives at a rate, one in five of them unhappy.
  ///
  /// - Parameter toleratingOutages: for tests that break something: clients try again while a service is away, and orders may expire,
  ///   though not all. Else each life must end as its way says.
  func load(
    rate: Int = 20, seconds: Int = 4, seed: Int, through way: String = "direct", toleratingOutages: Bool = false
  ) async throws {
    try await simulate(
      ["--rate", "\(rate)", "--duration", "\(seconds)", "--seed", "\(seed)", "--unhappy", "0.2", "--through", way]
        + (toleratingOutages ? ["--tolerate-outages"] : []))
  }

  /// Whole lives that take every way there is in turn, and each ends as its way says.
  @discardableResult
  func loadEveryWay(rate: Int, seconds: Int, seed: Int) async throws -> LoadReport {
    try await simulate(["--rate", "\(rate)", "--duration", "\(seconds)", "--seed", "\(seed)", "--ways", "all"])
    return try JSONDecoder().decode(LoadReport.self, from: Data(contentsOf: URL(filePath: loadReport)))
  }

  private func simulate(_ options: [String]) async throws {
    let ran = try await program(
      "simulator",
      options + [
        "--shops", "60", "--customers", "30", "--riders", "60", "--drain", "90", "--json", loadReport, "--journal", journal,
      ])
    #expect(ran.exit == .status(0), "the simulator was not content:\n\(ran.output)")
  }

  /// All invariants hold.
  func audit() async throws {
    let ran = try await program("auditor", ["--settle", "60", "--journal", journal, "--json", "\(folder.path)/audit.json"])
    #expect(ran.exit == .status(0), "the audit found something:\n\(ran.output)")
  }

  /// What an audit without patience finds wrong, by the invariants' numbers.
  func findings() async throws -> [Int: [String]] {
    struct Report: Decodable {
      struct Invariant: Decodable {
        let number: Int
        let examples: [String]
      }
      let invariants: [Invariant]
    }
    let file = "\(folder.path)/audit.json"
    _ = try await program("auditor", ["--settle", "0", "--journal", journal, "--json", file])
    let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: file)))
    return Dictionary(uniqueKeysWithValues: report.invariants.filter { !$0.examples.isEmpty }.map { ($0.number, $0.examples) })
  }

  /// Adds a line to the simulator's journal.
  func note(_ line: String) throws {
    let lines = try Data(contentsOf: URL(filePath: journal))
    try (lines + Data("\(line)\n".utf8)).write(to: URL(filePath: journal))
  }

  private let folder: TemporaryFolder

  private init(stack: OrderStack) throws {
    self.stack = stack
    folder = try TemporaryFolder()
  }

  private var loadReport: String { "\(folder.path)/load.json" }
  private var journal: String { "\(folder.path)/journal.jsonl" }

  private func program(_ name: String, _ arguments: [String]) async throws -> (exit: ChildProcess.Exit, output: String) {
    try await ChildProcess.run(
      ["\(ServiceProcess.folder)/\(name)"] + arguments, environment: stack.auditEnvironment, within: .seconds(300))
  }
}
