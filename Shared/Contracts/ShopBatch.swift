/// The answer of `GET /shops?ids=…`: every id asked for is in exactly one of the three.
public struct ShopBatch: Sendable, Codable {
  public var items: [Shop]
  /// Deleted shops, so that a read model can keep their version as a tombstone.
  public var deleted: [Tombstone]
  /// Ids that never were a shop.
  public var unknown: [Identifier]

  public init(items: [Shop], deleted: [Tombstone], unknown: [Identifier]) {
    self.items = items
    self.deleted = deleted
    self.unknown = unknown
  }
}

/// What stays of something deleted: its id, and the version that the deletion made.
public struct Tombstone: Hashable, Sendable, Codable {
  public var id: Identifier
  public var version: Int64

  public init(id: Identifier, version: Int64) {
    self.id = id
    self.version = version
  }
}

/// A line of `GET /shops/versions`: enough to find out what a read model lacks.
public struct ShopVersion: Hashable, Sendable, Codable {
  public var id: Identifier
  public var version: Int64
  public var deleted: Bool

  public init(id: Identifier, version: Int64, deleted: Bool) {
    self.id = id
    self.version = version
    self.deleted = deleted
  }
}
