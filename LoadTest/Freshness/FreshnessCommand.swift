import ArgumentParser
import LoadClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Measures the freshness of the listing under a steady rate of shop changes.
@main
struct FreshnessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freshness",
    abstract: "Measures the latency from a shop's change until the listing shows it.",
    discussion: """
      An open-loop load: changes start at fixed times, independently of earlier responses. After the response to each watched \
      change the shop's page is polled every millisecond until it shows the new version, so latencies have a resolution of about a \
      millisecond and are never reported too short. The tool creates its own shops and deletes them at the end. Environment: \
      SHOP_URL, SHOP_LISTING_URL and IDENTITY_URL, and ACCOUNTS_PASSWORD for the shops' owner.
      """)

  @Option(help: "Changes per second.")
  var rate = 500

  @Option(help: "The duration in seconds.")
  var seconds = 20

  @Option(help: "The number of shops that are changed in turn.")
  var shops = 500

  @Option(help: "The number of connections to each service, which also limits concurrent polls.")
  var connections = 64

  @Option(help: "After how many seconds a change counts as not shown.")
  var timeout = 10

  @Option(help: "Watch every n-th change: polling costs far more than changing.")
  var watchEvery = 10

  @Flag(help: "Print only one JSON object.")
  var json = false

  func validate() throws {
    guard (1...20_000).contains(rate) else { throw ValidationError("--rate must be from 1 to 20000.") }
    guard (1...3600).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 3600.") }
    guard (1...100_000).contains(shops) else { throw ValidationError("--shops must be from 1 to 100000.") }
    guard (1...1024).contains(connections) else { throw ValidationError("--connections must be from 1 to 1024.") }
    guard (1...1000).contains(watchEvery) else { throw ValidationError("--watch-every must be from 1 to 1000.") }
    guard (1...600).contains(timeout) else { throw ValidationError("--timeout must be from 1 to 600.") }
  }

  func run() async throws {
    let report: FreshnessReport
    do {
      report = try await HTTPConnections.with(limit: connections) { [self] connections in
        let urls = ServiceURLs(ProcessInfo.processInfo.environment)
        let (shop, listing) = (urls.client(of: "shop", connections), urls.client(of: "shop-listing", connections))
        let owner = try await AccountPool(urls, connections).session(0, .owner)
        let probed = ProbeShops(shop: shop, listing: listing, owner: owner, timeout: .seconds(timeout))
        return try await probed.with(count: shops) { shops in
          let probe = Probe(
            shop: shop, listing: listing, owner: owner, shops: shops, timeout: .seconds(timeout), watchEvery: watchEvery)
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
