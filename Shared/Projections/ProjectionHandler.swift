import Contracts
public import Events
import Metrics
import Telemetry

/// Handles changes of aggregates: fetches their current state from the owner and writes it to the read model.
public struct ProjectionHandler<Model: ReadModel>: EventHandler {
  private let projection: Projection<Model>
  private let freshness: Timer

  /// - Parameter service: the service that owns the read model, for `event_freshness_seconds`.
  public init(projection: Projection<Model>, service: String) {
    self.projection = projection
    freshness = Timer(label: "event_freshness_seconds", dimensions: [("service", service)])
  }

  public func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    do {
      let held = try await projection.readModel.heldVersions(of: changes.map(\.subject))
      let behind = zip(changes, held).filter { $0.sequence > $1 ?? 0 }.map(\.0)
      let outcomes = try await apply(behind)
      return changes.map { outcomes[$0.subject] ?? .applied }
    } catch {
      return changes.map { _ in .failed(error) }
    }
  }

  private func apply(_ changes: [AggregateChange]) async throws -> [Identifier: ChangeOutcome] {
    if changes.isEmpty { return [:] }
    let results = try await projection.refresh(changes.map(\.subject))
    var outcomes: [Identifier: ChangeOutcome] = [:]
    var unknown: [Tombstone] = []
    for change in changes {
      switch results[change.subject] ?? .unknown {
      case .holds(let version) where version >= change.sequence:
        outcomes[change.subject] = .applied
        freshness.record(since: change.time)
      case .holds(let version):
        outcomes[change.subject] = .behind(change, fetched: version)
      case .unreadable(let reason):
        outcomes[change.subject] = .failed(reason: reason)
      case .unknown:
        // The owner doesn't know it (any more); the tombstone keeps older events from bringing it back.
        unknown.append(Tombstone(id: change.subject, version: change.sequence))
        outcomes[change.subject] = .applied
      }
    }
    try await projection.readModel.write(unknown.map { .gone($0) })
    return outcomes
  }
}
