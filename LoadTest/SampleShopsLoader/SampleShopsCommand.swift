import ArgumentParser
import LoadClient
import SampleShops

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Loads generated shops into the shop service by its own REST surface.
@main
struct SampleShopsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample-shops",
    abstract: "Loads invented shops of Seoul into the shop service.",
    discussion: """
      The shops are the same for the same seed. Each is posted with an idempotency key of its own, so a second run changes \
      nothing, and a run that was interrupted goes on where it stopped. Where the services are tell SHOP_URL and IDENTITY_URL; the \
      owners have accounts, which are made if they are missing, with the password in ACCOUNTS_PASSWORD.
      """)

  @Option(help: "How many shops there shall be.")
  var count = 2000

  @Option(help: "Which shops: every seed has its own.")
  var seed: UInt64 = 1

  @Option(help: "How many requests are under way at once.")
  var concurrency = 32

  @Flag(help: "Say only what went wrong.")
  var quiet = false

  func validate() throws {
    guard (1...1_000_000).contains(count) else { throw ValidationError("--count must be from 1 to 1000000.") }
    guard (1...1024).contains(concurrency) else { throw ValidationError("--concurrency must be from 1 to 1024.") }
  }

  func run() async throws {
    let progress = Progress(total: count, quiet: quiet)
    do {
      try await HTTPConnections.with(limit: concurrency) { [self] connections in
        let urls = ServiceURLs(ProcessInfo.processInfo.environment)
        let owners = try await People(urls, connections).first(SampleShop.ownerCount, .owner)
        let loader = Loader(shop: urls.client(of: "shop", connections), owners: owners, seed: seed)
        try await loader.load(count: count, concurrency: concurrency, progress: progress)
      }
    } catch {
      progress.failed("\(error)")
      throw ExitCode.failure
    }
    progress.finished()
  }
}
