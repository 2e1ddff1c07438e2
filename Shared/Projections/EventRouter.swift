import Contracts
public import Events

/// Passes each change to the handlers of its source and event types, all handlers concurrently; changes without a handler count
/// as applied.
public struct EventRouter: EventHandler {
  /// One handler and the changes that it handles.
  public struct Route: Sendable {
    let source: String
    let prefix: String
    let handler: any EventHandler

    /// - Parameters:
    ///   - source: the service whose stream it is: `rider`.
    ///   - prefix: the prefix of the event types: `delivery.`.
    public init(source: String, prefix: String, handler: any EventHandler) {
      self.source = "/\(source)"
      self.prefix = prefix
      self.handler = handler
    }

    func matches(_ change: AggregateChange) -> Bool {
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
        let indices = changes.indices.filter { route.matches(changes[$0]) }
        if indices.isEmpty { continue }
        group.addTask { Array(zip(indices, await route.handler.handle(indices.map { changes[$0] }))) }
      }
      for await handled in group {
        for (index, outcome) in handled { outcomes[index] = outcome }
      }
    }
    return outcomes
  }
}
