public import ArgumentParser
public import LoadClient
import Redis

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The demo: the lifecycle of a shop, an order from the shop list to a review, and one order for each other final status.
@main
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Runs a shop and some orders through the running stack and prints each call, event, saga step and ledger entry.",
    discussion: """
      Environment: GATEWAY_URL; for --through direct SHOP_URL, ORDER_URL, PAYMENT_URL, RIDER_URL, REVIEW_URL, SHOP_LISTING_URL, \
      ORDER_HISTORY_URL and IDENTITY_URL; for the event streams EVENTS_REDIS_HOST, EVENTS_REDIS_PORT, EVENTS_REDIS_USER and \
      EVENTS_REDIS_PASSWORD; for the operator OPERATOR_EMAIL and OPERATOR_PASSWORD. The exit status is 1 if a call failed or \
      a step timed out.
      """)

  @Flag(help: "Print only the latency tables.")
  var quiet = false

  @Option(help: "Send requests through the gateway (gateway) or to the services (direct).")
  var through = ServiceURLs.Route.gateway

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let output = DemoOutput(quiet: quiet, route: through)
    let urls = ServiceURLs(environment, through: through)
    do {
      let events = EventTail(configuration: try Self.redis(environment))
      try await HTTPConnections.with(limit: 8) { connections in
        let services = Services(urls, connections)
        try await events.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await events.run() }
          group.addTask {
            let participants = try await Participants(services, AccountPool(urls, connections), events, output)
            try await ShopDemo(services: services, participants: participants, events: events, output: output).run()
            try await OrderDemo(services: services, participants: participants, events: events, output: output).run()
          }
          // The demo ends first; reading the events ends only by an error.
          try await group.next()
          group.cancelAll()
        }
      }
      await events.close()
    } catch {
      output.failed("\(error)")
      throw ExitCode.failure
    }
  }

  private static func redis(_ environment: [String: String]) throws -> RedisConfiguration {
    guard let port = Int(environment["EVENTS_REDIS_PORT"].nonEmpty ?? "6379"), (1...65_535).contains(port)
    else { throw ValidationError("EVENTS_REDIS_PORT must be a port number, such as 6379.") }
    return RedisConfiguration(
      host: environment["EVENTS_REDIS_HOST"].nonEmpty ?? "127.0.0.1", port: port, user: environment["EVENTS_REDIS_USER"].nonEmpty,
      password: environment["EVENTS_REDIS_PASSWORD"].nonEmpty, clientName: "demo")
  }
}

extension ServiceURLs.Route: ExpressibleByArgument {}

extension String? {
  /// `nil` for an empty variable.
  fileprivate var nonEmpty: String? {
    flatMap { $0.isEmpty ? nil : $0 }
  }
}
