public import Contracts

/// Brings aggregates in a read model to their owner's current state; used by event handling and by reconciliation.
public struct Projection<Model: ReadModel>: Sendable {
  /// The outcome for one aggregate.
  public enum Outcome: Sendable, Equatable {
    /// The read model holds this version, or a later one.
    case holds(version: Int64)
    case unknown
    case unreadable(reason: String)
  }

  public let source: AggregateClient<Model.Item>
  public let readModel: Model

  public init(source: AggregateClient<Model.Item>, readModel: Model) {
    self.source = source
    self.readModel = readModel
  }

  /// Fetches and writes aggregates.
  ///
  /// - Throws: `ServiceClientError`, or what the read model throws; some of them may have been written.
  public func refresh(_ ids: [Identifier]) async throws -> [Identifier: Outcome] {
    let results = try await source.fetch(ids)
    var states: [ReadModelState<Model.Item>] = []
    var outcomes: [Identifier: Outcome] = [:]
    for id in ids {
      switch results[id] {
      case .item(let item):
        states.append(.live(item))
        outcomes[id] = .holds(version: item.version)
      case .deleted(let tombstone):
        states.append(.gone(tombstone))
        outcomes[id] = .holds(version: tombstone.version)
      case .unreadable(let reason):
        outcomes[id] = .unreadable(reason: reason)
      case .unknown, nil:
        outcomes[id] = .unknown
      }
    }
    try await readModel.write(states)
    return outcomes
  }
}
