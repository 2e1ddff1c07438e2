import ArgumentParser
import LoadClient
import SampleShops

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Loads generated shops into the shop service by its REST API.
@main
struct SampleShopsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample-shops",
    abstract: "Loads generated sample shops of Seoul into the shop service.",
    discussion: """
      The shops are deterministic for a seed. Each is posted with its own idempotency key, so a second run changes nothing, and an \
      interrupted run can be continued. Environment: SHOP_URL and IDENTITY_URL, and ACCOUNTS_PASSWORD for the owners' accounts, \
      which are registered if necessary.
      """)

  @Option(help: "The number of shops.")
  var count = 2000

  @Option(help: "The seed of the generated shops.")
  var seed: UInt64 = 1

  @Option(help: "The number of concurrent requests.")
  var concurrency = 32

  @Flag(help: "Print only errors.")
  var quiet = false

  func validate() throws {
    guard (1...1_000_000).contains(count) else { throw ValidationError("--count must be from 1 to 1000000.") }
    guard (1...1024).contains(concurrency) else { throw ValidationError("--concurrency must be from 1 to 1024.") }
  }

  func run() async throws {
    let progress = LoadProgress(total: count, quiet: quiet)
    do {
      try await HTTPConnections.with(limit: concurrency) { [self] connections in
        let urls = ServiceURLs(ProcessInfo.processInfo.environment)
        let owners = try await AccountPool(urls, connections).first(SampleShop.ownerCount, .owner)
        let loader = SampleShopLoader(shop: urls.client(of: "shop", connections), owners: owners, seed: seed)
        try await loader.load(count: count, concurrency: concurrency, progress: progress)
      }
    } catch {
      progress.failed("\(error)")
      throw ExitCode.failure
    }
    progress.finished()
  }
}
