import Contracts
import JSON
import NIOCore

/// What the read model stores of one version of a shop: its encoded documents, its positions in the lists, its search terms.
///
/// The stored documents lack their end: the rating has a source and a version of its own, so the script that writes either side
/// completes them with the latest of both.
struct ShopRecord: Sendable {
  let id: Identifier
  let version: Int64
  let isOpen: Bool
  let district: District
  let category: Contracts.Category
  /// The members of the card, as `{"id":…,"updatedAt":"…"` without the closing brace.
  let head: ByteBuffer
  /// The menu, as a JSON array.
  let menu: ByteBuffer
  let newestKey: String
  let feeKey: String
  /// The words that a search compares, separated by spaces.
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
    json.value(rating)
    return String(buffer: json.buffer)
  }

  private static func head(of shop: Shop) -> ByteBuffer {
    var json = JSONText(capacity: 640)
    json.beginObject()
    json.add("id", shop.id)
    json.add("name", shop.name)
    json.add("category", shop.category.rawValue)
    json.add("district", shop.district.rawValue)
    json.add("address", shop.address)
    json.add("location", shop.location)
    json.add("minimumOrder", shop.minimumOrder)
    json.add("deliveryFee", shop.deliveryFee)
    json.add("status", shop.status.rawValue)
    json.add("version", shop.version)
    json.add("updatedAt", shop.updatedAt)
    return json.buffer
  }

  private static func menu(of shop: Shop) -> ByteBuffer {
    var json = JSONText(capacity: 64 + shop.menu.count * 192)
    json.beginArray()
    for item in shop.menu { json.value(item) }
    json.endArray()
    return json.buffer
  }
}
