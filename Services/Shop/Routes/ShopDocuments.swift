import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Web

extension Response {
  /// A document as the database made it, with its `ETag`; callbacks must see the present, so nothing on the way may keep it.
  static func shop(_ answer: ShopAnswer) -> Response {
    .json(bytes: ByteBuffer(bytes: answer.document), version: answer.version, headers: .uncached)
  }

  /// The same for something created, below the path of its collection.
  static func created(_ answer: ShopAnswer, in collection: String) -> Response {
    var headers = HTTPFields.uncached
    headers[.location] = "\(collection)/\(answer.id)"
    if answer.isReplay { headers[.idempotencyReplayed] = "true" }
    return .json(bytes: ByteBuffer(bytes: answer.document), status: .created, version: answer.version, headers: headers)
  }
}

extension HTTPFields {
  static let uncached: HTTPFields = [.cacheControl: "no-store"]
}

extension HTTPField.Name {
  static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
}

/// Lists put together from documents that are JSON already.
enum ShopDocuments {
  /// `Contracts.Page<Shop>`; a full page has a cursor, for there may be more.
  static func page(_ shops: [ShopRecord], limit: Int) -> Response {
    var json = JSONText(capacity: shops.reduce(64) { $0 + ($1.document?.count ?? 0) + 1 })
    json.beginObject()
    json.addDocuments(shops)
    json.addCursor(after: shops.count == limit ? shops.last?.id : nil)
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }

  /// `Contracts.ShopBatch`: each id is an item, a tombstone, or unknown.
  static func batch(_ shops: [ShopRecord], of ids: [Identifier]) -> Response {
    var json = JSONText(capacity: shops.reduce(128) { $0 + ($1.document?.count ?? 96) + 1 })
    json.beginObject()
    json.addDocuments(shops)
    json.key("deleted")
    json.beginArray()
    for shop in shops where shop.document == nil {
      json.beginObject()
      json.add("id", shop.id.description)
      json.add("version", shop.version)
      json.endObject()
    }
    json.endArray()
    let known = Set(shops.map(\.id))
    json.key("unknown")
    json.beginArray()
    for id in ids where !known.contains(id) {
      json.value(id.description)
    }
    json.endArray()
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }

  /// `Contracts.Page<ShopVersion>`.
  static func versions(_ versions: [ShopVersion], limit: Int) -> Response {
    var json = JSONText(capacity: 64 + versions.count * 96)
    json.beginObject()
    json.key("items")
    json.beginArray()
    for version in versions {
      json.beginObject()
      json.add("id", version.id.description)
      json.add("version", version.version)
      json.add("deleted", version.deleted)
      json.endObject()
    }
    json.endArray()
    json.addCursor(after: versions.count == limit ? versions.last?.id : nil)
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }

}

extension JSONText {
  fileprivate mutating func addDocuments(_ shops: [ShopRecord]) {
    key("items")
    beginArray()
    for case let document? in shops.lazy.map(\.document) {
      raw(document)
    }
    endArray()
  }

  fileprivate mutating func addCursor(after id: Identifier?) {
    key("nextCursor")
    if let id { value(Cursor(id.description).text) } else { null() }
  }
}
