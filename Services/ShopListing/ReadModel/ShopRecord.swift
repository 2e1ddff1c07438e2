import JSON
import Contracts
import NIOCore
import Web

/// What the read model keeps of one version of a shop: its encoded documents, its places in the lists and its search terms.
///
/// The documents are open at the end: the rating has another source and another version, so the script that writes either side closes
/// them with the latest of both.
struct ShopRecord: Sendable {
  let id: Identifier
  let version: Int64
  let isOpen: Bool
  let district: District
  let category: Contracts.Category
  /// The fields of the card, as `{"id":…,"updatedAt":"…"` without the closing brace.
  let head: ByteBuffer
  /// The menu, as a JSON array.
  let menu: ByteBuffer
  let newestKey: String
  let feeKey: String
  /// The words that search compares, separated by spaces.
  let words: String
  /// The terms of the search index; see ``SearchText/terms(of:)``.
  let terms: [String]

  init(_ shop: Shop) {
    id = shop.id
    version = shop.version
    isOpen = shop.status == .open
    district = shop.district
    category = shop.category
    head = Self.head(of: shop)
    menu = Self.menu(of: shop)
    newestKey = SortKey.newest(shop.createdAt)
    feeKey = SortKey.fee(shop.deliveryFee)
    let words = SearchText.words(of: shop.name) + SearchText.words(of: shop.category.label)
    self.words = words.map { SearchText.text($0) }.joined(separator: " ")
    terms = SearchText.terms(of: words)
  }

  /// A rating as the documents show it: `{"average":4.5,"count":12}`.
  static func rating(_ rating: Rating) -> String {
    var json = JSONText()
    json.beginObject()
    json.key("average")
    json.raw("\(rating.average)".utf8)
    json.add("count", Int64(rating.count))
    json.endObject()
    return String(buffer: json.buffer)
  }

  private static func head(of shop: Shop) -> ByteBuffer {
    var json = JSONText(capacity: 640)
    json.beginObject()
    json.add("id", shop.id.description)
    json.add("name", shop.name)
    json.add("category", shop.category.rawValue)
    json.add("district", shop.district.rawValue)
    json.add("address", shop.address)
    json.key("location")
    json.beginObject()
    json.key("latitude")
    json.raw("\(shop.location.latitude)".utf8)
    json.key("longitude")
    json.raw("\(shop.location.longitude)".utf8)
    json.endObject()
    json.add("minimumOrder", shop.minimumOrder)
    json.add("deliveryFee", shop.deliveryFee)
    json.add("status", shop.status.rawValue)
    json.add("version", shop.version)
    json.add("updatedAt", shop.updatedAt.rfc3339)
    return json.buffer
  }

  private static func menu(of shop: Shop) -> ByteBuffer {
    var json = JSONText(capacity: 64 + shop.menu.count * 192)
    json.beginArray()
    for item in shop.menu {
      json.beginObject()
      json.add("id", item.id.description)
      json.add("name", item.name)
      json.add("price", item.price)
      if let description = item.description { json.add("description", description) }
      json.endObject()
    }
    json.endArray()
    return json.buffer
  }
}

extension JSONText {
  fileprivate mutating func add(_ name: String, _ money: Money) {
    key(name)
    beginObject()
    add("amount", money.amount)
    add("currency", "KRW")
    endObject()
  }
}
