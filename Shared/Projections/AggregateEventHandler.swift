public import Contracts
public import Events
import Metrics
import ServiceClient
import Telemetry

/// Handles events of some types in a command service: fetches their aggregates from the owner, all of a batch in one call, and applies
/// them. Events of other types count as applied.
public struct AggregateEventHandler<Item: Aggregate & Decodable & Sendable>: EventHandler {
  /// A change with the aggregate's current state, which is at least as new as the change.
  public typealias Fetched = (change: AggregateChange, item: Item)

  private let types: Set<EventType>
  private let client: AggregateClient<Item>
  private let absent: ChangeOutcome
  private let freshness: Timer?
  private let apply: @Sendable ([Fetched]) async throws -> [Identifier: ChangeOutcome]

  /// - Parameters:
  ///   - absent: the outcome for an aggregate that the owner deleted or does not know.
  ///   - service: the service that consumes, for `event_freshness_seconds`; nil where nothing is stored.
  ///   - apply: returns the outcomes of the aggregates that were not applied.
  public init(
    _ types: Set<EventType>, from client: AggregateClient<Item>, absent: ChangeOutcome, service: String? = nil,
    apply: @escaping @Sendable ([Fetched]) async throws -> [Identifier: ChangeOutcome]
  ) {
    self.types = types
    self.client = client
    self.absent = absent
    freshness = service.map { Timer(label: "event_freshness_seconds", dimensions: [("service", $0)]) }
    self.apply = apply
  }

  public func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    let relevant = changes.filter { !$0.types.isDisjoint(with: types) }
    guard !relevant.isEmpty else { return changes.map { _ in .applied } }
    do {
      let outcomes = try await outcomes(of: relevant)
      for change in relevant where outcomes[change.subject] ?? .applied == .applied { freshness?.record(since: change.time) }
      return changes.map { outcomes[$0.subject] ?? .applied }
    } catch {
      let outcome = ChangeOutcome.failed(error)
      return changes.map { $0.types.isDisjoint(with: types) ? .applied : outcome }
    }
  }

  private func outcomes(of changes: [AggregateChange]) async throws -> [Identifier: ChangeOutcome] {
    let results = try await client.fetch(changes.map(\.subject))
    var outcomes: [Identifier: ChangeOutcome] = [:]
    var fetched: [Fetched] = []
    for change in changes {
      switch results[change.subject] {
      case .item(let item) where item.version >= change.sequence: fetched.append((change, item))
      case .item(let item): outcomes[change.subject] = .behind(change, fetched: item.version)
      case .unreadable(let reason): outcomes[change.subject] = .failed(reason: reason)
      case .deleted, .unknown, nil: outcomes[change.subject] = absent
      }
    }
    if fetched.isEmpty { return outcomes }
    return try await apply(fetched).merging(outcomes) { first, _ in first }
  }
}
