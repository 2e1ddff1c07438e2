import ArgumentParser
import LoadClient
import Redis

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A guided tour: a shop from its opening to its end, an order from the list of shops to a review, and one order to each other end.
@main
struct WalkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "walk",
    abstract: "Walks a shop and some orders through the running stack and shows each call, event, saga step and booking.",
    discussion: """
      Where the services are tell SHOP_URL, ORDER_URL, PAYMENT_URL, RIDER_URL, REVIEW_URL, SHOP_LISTING_URL and ORDER_HISTORY_URL; \
      the Redis of the events EVENTS_REDIS_HOST, EVENTS_REDIS_PORT, EVENTS_REDIS_USER and EVENTS_REDIS_PASSWORD. The exit status \
      is 1 if a call was refused or anything did not happen in time.
      """)

  @Flag(help: "Print only the tables of delays.")
  var quiet = false

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let narration = Narration(quiet: quiet)
    do {
      let events = EventTail(configuration: try Self.redis(environment))
      try await Connections.with(limit: 8) { connections in
        let services = Services(environment: environment, connections: connections)
        try await events.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await events.run() }
          group.addTask {
            try await ShopTour(services: services, events: events, narration: narration).walk()
            try await OrderTour(services: services, events: events, narration: narration).walk()
          }
          // The walk ends; reading the events doesn't, unless it fails.
          try await group.next()
          group.cancelAll()
        }
      }
      await events.close()
    } catch {
      narration.failed("\(error)")
      throw ExitCode.failure
    }
  }

  private static func redis(_ environment: [String: String]) throws -> RedisConfiguration {
    guard let port = Int(environment["EVENTS_REDIS_PORT"].nonEmpty ?? "6379"), (1...65_535).contains(port)
    else { throw ValidationError("EVENTS_REDIS_PORT must be a port, such as 6379.") }
    return RedisConfiguration(
      host: environment["EVENTS_REDIS_HOST"].nonEmpty ?? "127.0.0.1", port: port, user: environment["EVENTS_REDIS_USER"].nonEmpty,
      password: environment["EVENTS_REDIS_PASSWORD"].nonEmpty, clientName: "walk")
  }
}
