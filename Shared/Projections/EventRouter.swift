import Contracts
public import Events

/// Gives each change to the handler of its source and kind, all handlers at the same time; what nobody handles is done with.
public struct EventRouter: EventHandler {
  /// Who handles what.
  public struct Route: Sendable {
    let source: String
    let prefix: String
    let handler: any EventHandler

    /// - Parameters:
    ///   - source: the service whose stream it is: `rider`.
    ///   - prefix: what the types of the events begin with: `delivery.`.
    public init(source: String, prefix: String, handler: any EventHandler) {
      self.source = "/\(source)"
      self.prefix = prefix
      self.handler = handler
    }

    func takes(_ change: AggregateChange) -> Bool {
      change.source == source && change.types.contains { $0.rawValue.hasPrefix(prefix) }
    }
  }

  private let routes: [Route]

  public init(_ routes: Route...) {
    self.init(routes)
  }

  public init(_ routes: [Route]) {
    self.routes = routes
  }

  public func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    var outcomes = [ChangeOutcome](repeating: .applied, count: changes.count)
    await withTaskGroup(of: [(Int, ChangeOutcome)].self) { group in
      for route in routes {
        let places = changes.indices.filter { route.takes(changes[$0]) }
        if places.isEmpty { continue }
        group.addTask { Array(zip(places, await route.handler.handle(places.map { changes[$0] }))) }
      }
      for await handled in group {
        for (place, outcome) in handled { outcomes[place] = outcome }
      }
    }
    return outcomes
  }
}
