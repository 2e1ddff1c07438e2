/// An aggregate as stored in the database: a JSON document, or only its version once it is deleted.
public struct Document: Hashable, Sendable {
  public let id: Identifier
  public let version: Int64
  /// JSON in UTF-8; `nil` when deleted.
  public let json: [UInt8]?
  /// It is the stored response of an earlier request with the same idempotency key.
  public var isReplay = false

  public init(id: Identifier, version: Int64, json: [UInt8]?, isReplay: Bool = false) {
    self.id = id
    self.version = version
    self.json = json
    self.isReplay = isReplay
  }
}
