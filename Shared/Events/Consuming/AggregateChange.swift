public import Contracts

/// All events that a consumer group received for one subject since it was last handled: N events are one change, and so one
/// fetch.
public struct AggregateChange: Hashable, Sendable {
  /// The service that owns the subject, as a path: `/shop`.
  public var source: String
  public var subject: Identifier
  /// The highest version received: what a read model must hold at least.
  public var sequence: Int64
  public var types: Set<EventType>
  /// When the oldest of the events was created: freshness is measured from here.
  public var time: Timestamp
  /// The trace of the newest of the events.
  public var traceparent: String?
}

/// The outcome of handling a change.
public enum ChangeOutcome: Hashable, Sendable {
  /// The read model holds this version or a later one.
  case applied
  /// A peer is unavailable: the change is kept and retried without limit, with growing pauses.
  case retry(reason: String)
  /// The change itself can't be handled: after a bounded number of attempts its entries become dead letters.
  case failed(reason: String)
}

/// Brings a service's own state up to date with subjects that changed in other services.
public protocol EventHandler: Sendable {
  /// Handles a batch of distinct subjects, and returns one outcome for each, in order.
  ///
  /// It may be called again for a change that was already applied.
  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome]
}
