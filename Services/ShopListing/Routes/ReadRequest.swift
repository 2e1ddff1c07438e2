import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// A read that the fast path and the routes understand alike: parsed in this one place, answered by ``ReadModelReader``.
enum ReadRequest: Hashable, Sendable {
  case list(ListingQuery)
  case shop(Identifier)
  case search(SearchQuery)

  /// Reads an origin-form request target; `nil` for anything that isn't a valid read, about which the routes know what to say.
  init?(target: String) {
    let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
    let isList = path.elementsEqual("/listings".utf8)
    guard isList || path.elementsEqual("/search".utf8) || path.starts(with: "/listings/".utf8) else { return nil }
    let request = Request(
      head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: target), body: RequestBody(buffer: ByteBuffer()))
    do {
      let query = try request.query()
      if isList {
        self = .list(try ListingQuery(query))
      } else if path.elementsEqual("/search".utf8) {
        self = .search(try SearchQuery(query))
      } else if let id = Identifier(Substring(path.dropFirst("/listings/".utf8.count))) {
        try query.allow()
        self = .shop(id)
      } else {
        return nil
      }
    } catch {
      return nil
    }
  }

  /// The same text for all targets that mean the same read, and for no others. It has no `/` in front, so it never is a target itself.
  var canonical: String {
    switch self {
    case .list(let query):
      "listings?\(query.district?.rawValue ?? "")&\(query.category?.rawValue ?? "")&\(query.sort)&\(query.limit)&\(query.after?.text ?? "")"
    case .shop(let id):
      "listings/\(id)"
    case .search(let query):
      "search?\(query.words.joined(separator: " "))&\(query.district?.rawValue ?? "")&\(query.limit)&\(query.after?.text ?? "")"
    }
  }
}

/// A page of a list, from `GET /listings`.
struct ListingQuery: Hashable, Sendable {
  var district: District?
  var category: Contracts.Category?
  var sort: ListSort = .newest
  var limit = 20
  /// The place of the last shop of the page before.
  var after: ListPlace?

  init() {}

  /// - Throws: 400 naming the parameter.
  init(_ query: Query) throws(Problem) {
    try query.allow("district", "category", "sort", "limit", "cursor")
    district = try query.choice("district", District.self)
    category = try query.choice("category", Contracts.Category.self)
    sort = try query.choice("sort", ListSort.self) ?? .newest
    limit = try query.limit(default: 20, maximum: 100)
    guard let cursor = try query.cursor(fields: 2) else { return }
    guard cursor.fields[0] == sort.rawValue, let place = ListPlace(text: cursor.fields[1], sort: sort) else { throw .badCursor }
    after = place
  }

  /// The cursor behind a place in a list of this order.
  static func cursor(behind place: String, sort: ListSort) -> String {
    Cursor(sort.rawValue, place).text
  }
}

/// A page of search results, from `GET /search`.
struct SearchQuery: Hashable, Sendable {
  /// The comparable words, all of which a shop must match.
  var words: [String]
  var district: District?
  var limit = 20
  /// The last shop of the page before.
  var after: SearchHit?

  init(_ text: String) {
    words = SearchText.words(of: text).map { SearchText.text($0) }
  }

  /// - Throws: 400 naming the parameter.
  init(_ query: Query) throws(Problem) {
    try query.allow("q", "district", "limit", "cursor")
    guard let text = query["q"] else { throw .invalidQuery("q", "is missing") }
    guard (1...100).contains(text.unicodeScalars.count) else { throw .invalidQuery("q", "must have 1 to 100 characters") }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw .invalidQuery("q", "must not contain control characters")
    }
    guard !text.allSatisfy(\.isWhitespace) else { throw .invalidQuery("q", "must not be blank") }
    self.init(text)
    district = try query.choice("district", District.self)
    limit = try query.limit(default: 20, maximum: 100)
    guard let cursor = try query.cursor(fields: 2) else { return }
    guard cursor.fields[0] == "search", let hit = SearchHit(text: cursor.fields[1]) else { throw .badCursor }
    after = hit
  }

  /// The cursor behind a hit.
  static func cursor(behind hit: SearchHit) -> String {
    Cursor("search", hit.text).text
  }
}
