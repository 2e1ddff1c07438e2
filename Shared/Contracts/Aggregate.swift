/// A domain object with an identity that changes as a whole: each change creates the next version.
public protocol Aggregate {
  var id: Identifier { get }
  /// From 1, growing by 1 with every change; the `ETag` and the event's `sequence`.
  var version: Int64 { get }
}

/// An item of a list such as `GET /shops/versions`, with which a read model finds out what it lacks.
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

/// One entry of an aggregate's timeline: a status, when it was reached, and the version of that change.
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
