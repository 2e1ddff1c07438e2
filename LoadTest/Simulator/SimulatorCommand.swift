public import ArgumentParser
import Contracts
public import LoadClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An open-loop load generator of complete orders, with their customers, owners and riders.
@main
struct SimulatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulator",
    abstract: "Runs complete orders through the running stack at a given rate and measures every step.",
    discussion: """
      An open-loop load: order runs start by a seeded Poisson process, independently of earlier responses, and the latency of each \
      step is measured from its intended start. The exit status is 1 when an order run had an unexpected outcome, on a consistency \
      violation, when the p99 of freshness exceeds 3 s, or, with --tolerate-outages, when no order was delivered; but not when \
      something was stopped on purpose during the run and nothing is inconsistent. The journal records every acknowledged write for \
      the auditor. Environment: SHOP_URL, ORDER_URL, RIDER_URL, REVIEW_URL, SHOP_LISTING_URL, ORDER_HISTORY_URL, \
      IDENTITY_URL and GATEWAY_URL, and ACCOUNTS_PASSWORD for the accounts, which are registered if necessary.
      """)

  @Option(help: "Order runs per second.")
  var rate = 50.0

  @Option(help: "For how many seconds order runs start.")
  var duration = 30.0

  @Option(help: "The seed of arrivals, orders and scenarios.")
  var seed: UInt64 = 1

  @Option(help: "The share of order runs with a random unhappy scenario, from 0 to 1 (default: 0.1).")
  var unhappy: Double?

  @Option(
    help: "Comma-separated scenarios that are run in turn, instead of at random; all for every scenario.",
    transform: { try Scenario.list($0) })
  var scenarios: [Scenario]?

  @Flag(help: "Let the rate rise to three times its value in the middle, and fall again.")
  var lunchPeak = false

  @Option(help: "N@S: N extra order runs at second S; may be repeated.")
  var burst: [Burst] = []

  @Option(help: "The number of customers, each with an account.")
  var customers = 100

  @Option(help: "The number of riders (default: as many as the rate requires).")
  var riders: Int?

  @Option(help: "The number of shops that receive orders.")
  var shops = 500

  @Option(help: "The mean think time between two steps, in milliseconds.")
  var pace = 50

  @Option(help: "The percentage of orders that are sent twice with one idempotency key.")
  var repeated = 3

  @Option(help: "Watch every n-th review until the listing shows it; 0 for none.")
  var watchEvery = 20

  @Option(help: "How many seconds to wait for open order runs after the last arrival.")
  var drain = 60.0

  @Flag(help: "Retry failed requests until the end of the run, and permit the final statuses of outages.")
  var tolerateOutages = false

  @Option(help: "A file for the text report, in addition to standard output.")
  var report: String?

  @Option(help: "The file for the JSON report.")
  var json = ".local/load.json"

  @Option(help: "The file that acknowledged writes are appended to.")
  var journal = ".local/journal.jsonl"

  @Option(help: "The file with the faults that were injected on purpose; the report excuses failures after them.")
  var injected = ".local/faults.log"

  @Option(help: "Send requests to the services (direct) or through the gateway (gateway).")
  var through = ServiceURLs.Route.direct

  func validate() throws {
    guard (0.01...5000).contains(rate) else { throw ValidationError("--rate must be from 0.01 to 5000.") }
    guard (1...86400).contains(duration) else { throw ValidationError("--duration must be from 1 to 86400.") }
    guard unhappy.map({ (0...1).contains($0) }) ?? true else { throw ValidationError("--unhappy must be from 0 to 1.") }
    guard unhappy == nil || scenarios == nil else {
      throw ValidationError("--unhappy and --scenarios are mutually exclusive: scenarios are chosen at random or run in turn.")
    }
    guard customers > 0, shops > 0 else { throw ValidationError("--customers and --shops must be at least 1.") }
    guard riders.map({ (1...10_000).contains($0) }) ?? true else { throw ValidationError("--riders must be from 1 to 10000.") }
    guard (0...600_000).contains(pace) else { throw ValidationError("--pace must be from 0 to 600000.") }
    guard (0...100).contains(repeated) else { throw ValidationError("--repeated must be from 0 to 100.") }
    guard watchEvery >= 0 else { throw ValidationError("--watch-every must not be negative.") }
    guard (0...86400).contains(drain) else { throw ValidationError("--drain must be from 0 to 86400.") }
  }

  func run() async throws {
    var result: LoadReport
    // A fault that lasts is recorded just before the run.
    let start = Timestamp(milliseconds: WallClock.milliseconds - 2000)
    do {
      let journal = try JournalWriter(path: journal)
      result = try await HTTPConnections.with(limit: Self.connections) { [self] connections in
        let environment = ProcessInfo.processInfo.environment
        let urls = ServiceURLs(environment, through: through)
        let simulation = Simulation(
          profile: profile, services: Services(urls, connections), accounts: AccountPool(urls, connections), journal: journal,
          environment: environment)
        return try await simulation.run()
      }
      let faults = FileManager.default.contents(atPath: injected).map { String(decoding: $0, as: UTF8.self) } ?? ""
      result.injected = InjectedFault.list(faults, since: start)
      try Files.write(result.json, to: json)
      if let report { try Files.write(result.text, to: report) }
    } catch {
      Terminal.writeError("simulator: \(error)\n")
      throw ExitCode.failure
    }
    Terminal.write(result.text)
    if !result.faults.isEmpty && !result.isExpected { throw ExitCode.failure }
  }

  /// Per service: an open-loop load must not queue for its own connections.
  private static let connections = 8192

  private var profile: LoadProfile {
    LoadProfile(
      rate: rate, duration: duration, seed: seed, unhappy: unhappy ?? LoadProfile().unhappy, scenarios: scenarios ?? [],
      curve: lunchPeak ? .lunchPeak : .steady, bursts: burst, customers: customers, riders: riders, shops: shops,
      pace: .milliseconds(pace), repeated: repeated, watchEvery: watchEvery, drain: .seconds(drain),
      toleratesOutages: tolerateOutages)
  }
}

extension ServiceURLs.Route: ExpressibleByArgument {}

extension Scenario {
  /// Reads `declinedCard,shopRejects`, or `all`.
  ///
  /// - Throws: `ValidationError`, which lists the names.
  static func list(_ argument: String) throws -> [Scenario] {
    guard argument != "all" else { return allCases }
    return try argument.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let scenario = Scenario(rawValue: String(name)) else {
        let names = allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("unknown scenario '\(name)'; the scenarios are \(names), or all.")
      }
      return scenario
    }
  }
}

extension Burst: ExpressibleByArgument {
  /// Reads `200@15`.
  init?(argument: String) {
    let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[0]), let second = Double(parts[1]), count > 0, second >= 0 else { return nil }
    self.init(count: count, second: second)
  }
}
