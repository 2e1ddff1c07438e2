/// One page of a list: `{"items": […], "nextCursor": …}`; the cursor is `null` on the last page and means nothing to the client.
public struct Page<Item> {
  public var items: [Item]
  public var nextCursor: String?

  public init(items: [Item], nextCursor: String?) {
    self.items = items
    self.nextCursor = nextCursor
  }
}

extension Page: Sendable where Item: Sendable {}
extension Page {
  private enum CodingKeys: String, CodingKey {
    case items, nextCursor
  }
}

extension Page: Decodable where Item: Decodable {}

extension Page: Encodable where Item: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(items, forKey: .items)
    // `null` and not left out: a client looks for the end of a list in one way.
    try container.encode(nextCursor, forKey: .nextCursor)
  }
}
