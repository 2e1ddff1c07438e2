/// The response of a batch read such as `GET /shops?ids=…`: every requested id is in exactly one of the three lists.
public struct Batch<Item> {
  public var items: [Item]
  /// Deleted ones, so that a read model can keep their version as a tombstone.
  public var deleted: [Tombstone]
  /// Ids that never existed.
  public var unknown: [Identifier]

  public init(items: [Item], deleted: [Tombstone], unknown: [Identifier]) {
    self.items = items
    self.deleted = deleted
    self.unknown = unknown
  }
}

extension Batch: Sendable where Item: Sendable {}
extension Batch: Encodable where Item: Encodable {}
extension Batch: Decodable where Item: Decodable {}

/// What remains of a deleted aggregate: its id, and the version of the deletion.
public struct Tombstone: Hashable, Sendable, Codable {
  public var id: Identifier
  public var version: Int64

  public init(id: Identifier, version: Int64) {
    self.id = id
    self.version = version
  }
}
