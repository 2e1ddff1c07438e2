/// A __words__ as the __name__ service, which owns it, shows it.
public struct __Aggregate__: Hashable, Sendable, Codable, Aggregate {
  public var id: Identifier
  public var name: String
  public var version: Int64
  public var createdAt: Timestamp
  public var updatedAt: Timestamp

  public init(id: Identifier, name: String, version: Int64, createdAt: Timestamp, updatedAt: Timestamp) {
    self.id = id
    self.name = name
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

extension EventType {
  public static let __aggregate__Created = EventType(rawValue: "__aggregate__.created")
  public static let __aggregate__Renamed = EventType(rawValue: "__aggregate__.renamed")
}
