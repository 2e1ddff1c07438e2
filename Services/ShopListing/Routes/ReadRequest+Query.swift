import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Web

extension ReadRequest {
  /// Parses an origin-form request target; `nil` unless it is a valid read. The routes respond to the others.
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
}

extension ListingQuery {
  /// Parses the query of `GET /listings`.
  /// - Throws: 400 that names the parameter.
  init(_ query: Query) throws(Problem) {
    try query.allow("district", "category", "sort", "limit", "cursor")
    self.init()
    district = try query.choice("district", District.self)
    category = try query.choice("category", Contracts.Category.self)
    sort = try query.choice("sort", ListSort.self) ?? .newest
    limit = try query.limit(default: 20, maximum: 100)
    guard let cursor = try query.cursor(fields: 2) else { return }
    guard cursor.fields[0] == sort.rawValue, let position = ListPosition(text: cursor.fields[1], sort: sort) else {
      throw .badCursor
    }
    after = position
  }
}

extension SearchQuery {
  /// Parses the query of `GET /search`.
  /// - Throws: 400 that names the parameter.
  init(_ query: Query) throws(Problem) {
    try query.allow("q", "district", "limit", "cursor")
    guard let text = query["q"] else { throw .invalidQuery("q", "is missing") }
    guard (1...100).contains(text.unicodeScalars.count) else { throw .invalidQuery("q", "must have 1 to 100 characters") }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw .invalidQuery("q", "must not contain control characters")
    }
    guard !text.allSatisfy(\.isWhitespace) else { throw .invalidQuery("q", "must not be blank") }
    self.init(text: text)
    district = try query.choice("district", District.self)
    limit = try query.limit(default: 20, maximum: 100)
    guard let cursor = try query.cursor(fields: 2) else { return }
    guard cursor.fields[0] == "search", let hit = SearchHit(text: cursor.fields[1]) else { throw .badCursor }
    after = hit
  }
}

extension PagePosition {
  /// The `nextCursor` of a page that ends here.
  var cursor: String {
    switch self {
    case .list(let position, let sort): Cursor(sort.rawValue, position).text
    case .search(let hit): Cursor("search", hit.text).text
    }
  }
}
