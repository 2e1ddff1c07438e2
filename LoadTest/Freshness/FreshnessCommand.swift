import ArgumentParser
import LoadClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Measures how long after a shop's change the listing shows it, under a steady rate of changes.
@main
struct FreshnessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freshness",
    abstract: "Measures the delay from a shop's change to its appearance in the listing.",
    discussion: """
      An open loop: changes start at fixed times, whether or not earlier ones were answered. After the answer of each watched \
      change the shop's page is asked for every millisecond until it has the new version, so a delay is known to about a \
      millisecond, and is never reported too short. The shops it works on are its own, and are deleted at the end. Where the \
      services are tell SHOP_URL, SHOP_LISTING_URL and IDENTITY_URL; the shops' owner has the password in ACCOUNTS_PASSWORD.
      """)

  @Option(help: "Changes in a second.")
  var rate = 500

  @Option(help: "How long to go on.")
  var seconds = 20

  @Option(help: "How many shops take turns in being changed.")
  var shops = 500

  @Option(help: "How many connections to each service, so also how many polls may be under way at once.")
  var connections = 64

  @Option(help: "After how many seconds a change counts as never shown.")
  var patience = 10

  @Option(help: "Watch one change in so many: watching costs far more of the machine than changing.")
  var watchEvery = 10

  @Flag(help: "Print one JSON object and nothing else.")
  var json = false

  func validate() throws {
    guard (1...20_000).contains(rate) else { throw ValidationError("--rate must be from 1 to 20000.") }
    guard (1...3600).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 3600.") }
    guard (1...100_000).contains(shops) else { throw ValidationError("--shops must be from 1 to 100000.") }
    guard (1...1024).contains(connections) else { throw ValidationError("--connections must be from 1 to 1024.") }
    guard (1...1000).contains(watchEvery) else { throw ValidationError("--watch-every must be from 1 to 1000.") }
    guard (1...600).contains(patience) else { throw ValidationError("--patience must be from 1 to 600.") }
  }

  func run() async throws {
    let report: Report
    do {
      report = try await HTTPConnections.with(limit: connections) { [self] connections in
        let urls = ServiceURLs(ProcessInfo.processInfo.environment)
        let (shop, listing) = (urls.client(of: "shop", connections), urls.client(of: "shop-listing", connections))
        let owner = try await People(urls, connections).person(0, .owner)
        let probed = ProbedShops(shop: shop, listing: listing, owner: owner, patience: .seconds(patience))
        return try await probed.with(count: shops) { shops in
          let probe = Probe(
            shop: shop, listing: listing, owner: owner, shops: shops, patience: .seconds(patience), watchEvery: watchEvery)
          return await probe.run(rate: rate, seconds: seconds)
        }
      }
    } catch {
      Terminal.writeError("freshness: \(error)\n")
      throw ExitCode.failure
    }
    print(json ? report.json : report.text)
    if report.errors > 0 || report.count == 0 { throw ExitCode.failure }
  }
}
