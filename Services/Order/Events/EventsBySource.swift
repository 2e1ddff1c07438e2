import Contracts
import Events

/// One consumer group hears all the services that this one listens to; each has a handler of its own.
struct EventsBySource: EventHandler {
  /// By the events' source: `/shop`.
  private let handlers: [String: any EventHandler]

  init(_ handlers: [String: any EventHandler]) {
    self.handlers = handlers
  }

  /// The services that are subscribed to.
  var sources: [String] { handlers.keys.map { String($0.dropFirst()) }.sorted() }

  func handle(_ changes: [SubjectChange]) async -> [ChangeOutcome] {
    let sources = Set(changes.map(\.source))
    let outcomes = await withTaskGroup(of: [(SubjectChange, ChangeOutcome)].self) { group in
      for source in sources {
        let own = changes.filter { $0.source == source }
        group.addTask { Array(zip(own, await handle(own, from: source))) }
      }
      return await group.reduce(into: [SubjectChange: ChangeOutcome]()) { all, some in
        all.merge(some) { first, _ in first }
      }
    }
    return changes.map { outcomes[$0] ?? .failed(reason: "its handler gave no outcome") }
  }

  private func handle(_ changes: [SubjectChange], from source: String) async -> [ChangeOutcome] {
    guard let handler = handlers[source] else {
      return changes.map { _ in .failed(reason: "nobody here listens to \(source)") }
    }
    return await handler.handle(changes)
  }
}
