public import Contracts

/// The writing side of a read model of one kind of aggregate: every write is a compare-and-set on the aggregate's version.
public protocol ReadModel<Item>: Sendable {
  associatedtype Item: Aggregate & Decodable & Sendable

  /// The versions held, in the order of `ids`; deleted aggregates included, `nil` for unknown ones.
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?]
  /// Writes the states that are newer than those held; after an error some may have been written.
  func write(_ states: [ReadModelState<Item>]) async throws
}

/// An aggregate's current state, or the tombstone of a deleted one.
public enum ReadModelState<Item: Sendable>: Sendable {
  case live(Item)
  case gone(Tombstone)
}
