import JSON
public import Contracts
public import Hummingbird
import NIOCore

extension Response {
  /// `Contracts.Page`, composed of JSON documents.
  /// - Parameter nextCursor: a cursor after the last of them; `nil` on the last page.
  public static func page(_ documents: [Document], nextCursor: Cursor?) -> Response {
    var json = JSONText(capacity: documents.reduce(128) { $0 + ($1.json?.count ?? 0) + 1 })
    json.beginObject()
    json.addItems(documents)
    json.addCursor(nextCursor)
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }

  /// A page in the order of ids; a full page has a cursor, because there may be more.
  public static func page(_ documents: [Document], limit: Int) -> Response {
    page(documents, nextCursor: documents.count == limit ? documents.last.map { Cursor($0.id.description) } : nil)
  }

  /// `Contracts.Batch`: each id is an item, a tombstone, or unknown.
  public static func batch(_ documents: [Document], of ids: [Identifier]) -> Response {
    var json = JSONText(capacity: documents.reduce(128) { $0 + ($1.json?.count ?? 96) + 1 })
    json.beginObject()
    json.addItems(documents)
    json.key("deleted")
    json.beginArray()
    for document in documents where document.json == nil {
      json.beginObject()
      json.add("id", document.id.description)
      json.add("version", document.version)
      json.endObject()
    }
    json.endArray()
    let known = Set(documents.map(\.id))
    json.key("unknown")
    json.beginArray()
    for id in ids where !known.contains(id) {
      json.value(id.description)
    }
    json.endArray()
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }

  /// A page of `Contracts.AggregateVersion`, in the order of ids.
  public static func versions(_ versions: [AggregateVersion], limit: Int) -> Response {
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
    json.addCursor(versions.count == limit ? versions.last.map { Cursor($0.id.description) } : nil)
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }
}

extension Query {
  /// A cursor that contains the last id of the previous page.
  public func cursorIdentifier() throws -> Identifier? {
    guard let cursor = try cursor(fields: 1) else { return nil }
    guard let identifier = Identifier(cursor.fields[0]) else { throw Problem.badCursor }
    return identifier
  }
}

extension JSONText {
  fileprivate mutating func addItems(_ documents: [Document]) {
    key("items")
    beginArray()
    for case let json? in documents.lazy.map(\.json) {
      raw(json)
    }
    endArray()
  }

  fileprivate mutating func addCursor(_ cursor: Cursor?) {
    key("nextCursor")
    if let cursor { value(cursor.text) } else { null() }
  }
}
