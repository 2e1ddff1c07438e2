/// Something with an identity that changes as a whole: each change makes the next version.
public protocol Aggregate {
  var id: Identifier { get }
  /// From 1, growing by 1 with every change; the `ETag` and the event's `sequence`.
  var version: Int64 { get }
}

/// A line of a list such as `GET /shops/versions`: enough to find out what a read model lacks.
public struct AggregateVersion: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var version: Int64
  public var deleted: Bool

  public init(id: Identifier, version: Int64, deleted: Bool) {
    self.id = id
    self.version = version
    self.deleted = deleted
  }
}

/// One line of an aggregate's life: the status that it took on, when, and the version that this made.
public struct StatusChange<Status: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
  public var version: Int64
  public var status: Status
  public var at: Timestamp

  public init(version: Int64, status: Status, at: Timestamp) {
    self.version = version
    self.status = status
    self.at = at
  }
}
