public import Contracts

/// Everything that a consumer group heard of one subject since it was last handled: N events are one change, and so one callback.
public struct AggregateChange: Hashable, Sendable {
  /// The service that owns the subject, as a path: `/shop`.
  public var source: String
  public var subject: Identifier
  /// The highest version heard of: what a read model must hold at least.
  public var sequence: Int64
  public var types: Set<EventType>
  /// When the oldest of the events was made: freshness counts from here.
  public var time: Timestamp
  /// The trace of the newest of the events.
  public var traceparent: String?
}

/// What became of a change.
public enum ChangeOutcome: Hashable, Sendable {
  /// The read model holds it, or already did.
  case applied
  /// A peer is away: the change is kept and tried again, with growing pauses, for ever.
  case retry(reason: String)
  /// The change itself can't be handled: after a bounded number of tries its entries go to the dead letters.
  case failed(reason: String)
}

/// Brings a service's own state up to date with subjects that changed elsewhere.
public protocol EventHandler: Sendable {
  /// Handles a batch of distinct subjects, and answers with one outcome for each, in order.
  ///
  /// It may be called again for a change that it has already applied.
  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome]
}
