/// One page of a list: `{"items": […], "nextCursor": …}`; the cursor is opaque to clients, and `null` on the last page.
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
    // `null` instead of being left out, so that clients detect the last page in one way.
    try container.encode(nextCursor, forKey: .nextCursor)
  }
}
