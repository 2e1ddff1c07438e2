public import ArgumentParser
public import LoadClient
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
      It goes through the gateway, which is where GATEWAY_URL says. Where the services themselves are tell SHOP_URL, ORDER_URL, \
      PAYMENT_URL, RIDER_URL, REVIEW_URL, SHOP_LISTING_URL, ORDER_HISTORY_URL and IDENTITY_URL; the Redis of the events \
      EVENTS_REDIS_HOST, EVENTS_REDIS_PORT, EVENTS_REDIS_USER and EVENTS_REDIS_PASSWORD; the operator signs in by OPERATOR_EMAIL \
      and OPERATOR_PASSWORD. The exit status is 1 if a call was refused or anything did not happen in time.
      """)

  @Flag(help: "Print only the tables of delays.")
  var quiet = false

  @Option(help: "Go by the one ingress (gateway), or ask each service itself (direct).")
  var through = ServiceURLs.Route.gateway

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let narration = Narration(quiet: quiet, route: through)
    let urls = ServiceURLs(environment, through: through)
    do {
      let events = EventTail(configuration: try Self.redis(environment))
      try await HTTPConnections.with(limit: 8) { connections in
        let services = Services(urls, connections)
        try await events.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await events.run() }
          group.addTask {
            let cast = try await Actors(services, People(urls, connections), events, narration)
            try await ShopTour(services: services, cast: cast, events: events, narration: narration).walk()
            try await OrderTour(services: services, cast: cast, events: events, narration: narration).walk()
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

extension ServiceURLs.Route: ExpressibleByArgument {}

extension String? {
  /// An empty variable is as good as none.
  fileprivate var nonEmpty: String? {
    flatMap { $0.isEmpty ? nil : $0 }
  }
}
