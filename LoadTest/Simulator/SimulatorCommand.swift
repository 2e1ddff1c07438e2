public import ArgumentParser
public import LoadClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Sends customers, owners and riders through whole orders at a rate that doesn't wait for answers.
@main
struct SimulatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulator",
    abstract: "Walks whole orders through the running stack, as many a second as you say, and measures every step.",
    discussion: """
      An open loop: runs begin by a seeded Poisson process, whether or not earlier ones were answered, and the latency of each step \
      counts from when it should have begun. The exit status is 1 when a run ended otherwise than its scenario allows, when a promise \
      was broken, or when freshness exceeds 3 s or, where outages are tolerated instead, no order was delivered. Every acknowledged \
      write is in the journal, for the auditor. Where the services are tell SHOP_URL, ORDER_URL, RIDER_URL, REVIEW_URL, \
      SHOP_LISTING_URL, ORDER_HISTORY_URL, IDENTITY_URL and GATEWAY_URL; people are signed in with the password in \
      ACCOUNTS_PASSWORD, and have accounts made for them if need be.
      """)

  @Option(help: "Lives that begin in a second.")
  var rate = 50.0

  @Option(help: "How many seconds lives begin.")
  var duration = 30.0

  @Option(help: "Which arrivals, orders and unhappy ways: the same seed has the same.")
  var seed: UInt64 = 1

  @Option(help: "The part of lives that take an unhappy way by chance, from 0 to 1; 0.1, if left out.")
  var unhappy: Double?

  @Option(
    help: "Ways, with commas between, that lives take in turn instead of by chance; all for each there is.",
    transform: { try Scenario.list($0) })
  var scenarios: [Scenario]?

  @Flag(help: "Let the rate rise to three times itself in the middle, and fall again.")
  var lunchPeak = false

  @Option(help: "N@S: N extra orders all at once at second S; may be given several times.")
  var burst: [Burst] = []

  @Option(help: "How many customers take turns; each has an account.")
  var customers = 100

  @Option(help: "How many riders there are; as many as the rate keeps busy, if left out.")
  var riders: Int?

  @Option(help: "At how many shops is ordered.")
  var shops = 500

  @Option(help: "The mean pause between two steps of a person, in milliseconds.")
  var pace = 50

  @Option(help: "How many orders in a hundred are sent twice with one key.")
  var repeated = 3

  @Option(help: "Watch one review in so many until the listing shows it; 0 for none.")
  var watchEvery = 20

  @Option(help: "How many seconds open lives are waited for after the last arrival.")
  var drain = 60.0

  @Flag(help: "Try again whatever fails, as long as the run lasts, and let orders end as they may under outages.")
  var tolerateOutages = false

  @Option(help: "Where the text report is written, beside the terminal.")
  var report: String?

  @Option(help: "Where the JSON report is written.")
  var json = ".local/load.json"

  @Option(help: "Where acknowledged writes are appended.")
  var journal = ".local/journal.jsonl"

  @Option(help: "Ask each service itself (direct), or all by the one ingress (gateway).")
  var through = ServiceURLs.Route.direct

  func validate() throws {
    guard (0.01...5000).contains(rate) else { throw ValidationError("--rate must be from 0.01 to 5000.") }
    guard (1...86400).contains(duration) else { throw ValidationError("--duration must be from 1 to 86400.") }
    guard unhappy.map({ (0...1).contains($0) }) ?? true else { throw ValidationError("--unhappy must be from 0 to 1.") }
    guard unhappy == nil || scenarios == nil else {
      throw ValidationError("--unhappy and --ways exclude each other: lives take ways by chance or in turn.")
    }
    guard customers > 0, shops > 0 else { throw ValidationError("--customers and --shops must be at least 1.") }
    guard riders.map({ (1...10_000).contains($0) }) ?? true else { throw ValidationError("--riders must be from 1 to 10000.") }
    guard (0...600_000).contains(pace) else { throw ValidationError("--pace must be from 0 to 600000.") }
    guard (0...100).contains(repeated) else { throw ValidationError("--repeated must be from 0 to 100.") }
    guard watchEvery >= 0 else { throw ValidationError("--watch-every must not be negative.") }
    guard (0...86400).contains(drain) else { throw ValidationError("--drain must be from 0 to 86400.") }
  }

  func run() async throws {
    let result: Report
    do {
      let journal = try Journal(path: journal)
      result = try await HTTPConnections.with(limit: Self.connections) { [self] connections in
        let urls = ServiceURLs(ProcessInfo.processInfo.environment, through: through)
        let simulation = Simulation(
          profile: profile, services: Services(urls, connections), people: People(urls, connections), journal: journal)
        return try await simulation.run()
      }
      try Files.write(result.json, to: json)
      if let report { try Files.write(result.text, to: report) }
    } catch {
      Terminal.writeError("simulator: \(error)\n")
      throw ExitCode.failure
    }
    Terminal.write(result.text)
    if !result.faults.isEmpty { throw ExitCode.failure }
  }

  /// To one service: an open loop must not queue in front of its own connections.
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
  /// - Throws: `ValidationError`, which tells the names.
  static func list(_ argument: String) throws -> [Scenario] {
    guard argument != "all" else { return allCases }
    return try argument.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let scenario = Scenario(rawValue: String(name)) else {
        let names = allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("no way is called '\(name)'; there are \(names), and all for each of them.")
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
