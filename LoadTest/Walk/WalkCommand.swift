import ArgumentParser
import LoadClient
import Redis

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A guided tour: one shop from its creation to its deletion, with every call, every event and every delay.
@main
struct WalkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "walk",
    abstract: "Walks one shop through the running stack and shows each call, event and delay.",
    discussion: """
      The user and the password for the events Redis come from EVENTS_REDIS_USER and EVENTS_REDIS_PASSWORD. The exit status is 1 \
      if anything did not show in the listing within 3 s.
      """)

  @Option(help: "Where the shop service listens.")
  var shopURL = "http://127.0.0.1:8101"

  @Option(help: "Where the listing service listens.")
  var listingURL = "http://127.0.0.1:8201"

  @Option(help: "Where the Redis of the events listens, as host:port.")
  var eventsRedis = "127.0.0.1:6379"

  @Flag(help: "Print only the table of delays.")
  var quiet = false

  func validate() throws {
    _ = try redisAddress()
  }

  func run() async throws {
    let (host, port) = try redisAddress()
    let environment = ProcessInfo.processInfo.environment
    let redis = RedisConfiguration(
      host: host, port: port, user: environment["EVENTS_REDIS_USER"].nonEmpty,
      password: environment["EVENTS_REDIS_PASSWORD"].nonEmpty, clientName: "walk")
    let narration = Narration(quiet: quiet)
    do {
      try await Connections.with(limit: 8) { [self] connections in
        let tour = Tour(
          shop: RESTClient(baseURL: shopURL, connections: connections),
          listing: RESTClient(baseURL: listingURL, connections: connections),
          events: EventTail(configuration: redis), narration: narration)
        try await tour.walk()
      }
    } catch {
      narration.failed("\(error)")
      throw ExitCode.failure
    }
  }

  private func redisAddress() throws -> (host: String, port: Int) {
    guard let colon = eventsRedis.lastIndex(of: ":"), colon != eventsRedis.startIndex,
      let port = Int(eventsRedis[eventsRedis.index(after: colon)...]), (1...65_535).contains(port)
    else { throw ValidationError("--events-redis must be host:port, such as 127.0.0.1:6379.") }
    return (String(eventsRedis[..<colon]), port)
  }
}

extension String? {
  /// An empty variable is as good as none.
  fileprivate var nonEmpty: String? {
    flatMap { $0.isEmpty ? nil : $0 }
  }
}
