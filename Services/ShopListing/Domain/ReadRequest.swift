import Contracts

/// A read of the listings, as the fast path and the routes both parse it.
enum ReadRequest: Hashable, Sendable {
  case list(ListingQuery)
  case shop(Identifier)
  case search(SearchQuery)

  /// The cache key: the same text for all request targets with the same meaning. It has no leading `/`, so it never equals a
  /// target.
  var canonical: String {
    switch self {
    case .list(let query):
      "listings?\(text(query.district))&\(text(query.category))&\(query.sort)&\(query.limit)&\(query.after?.text ?? "")"
    case .shop(let id):
      "listings/\(id)"
    case .search(let query):
      "search?\(query.words.joined(separator: " "))&\(text(query.district))&\(query.limit)&\(query.after?.text ?? "")"
    }
  }

  private func text(_ choice: (some RawRepresentable<String>)?) -> String { choice?.rawValue ?? "" }
}

/// One page of a list of shops.
struct ListingQuery: Hashable, Sendable {
  var district: District?
  var category: Contracts.Category?
  var sort: ListSort = .newest
  var limit = 20
  /// The last shop of the previous page.
  var after: ListPosition?
}

/// One page of search results.
struct SearchQuery: Hashable, Sendable {
  /// The normalized words, all of which a shop must match.
  var words: [String]
  var district: District?
  var limit = 20
  /// The last shop of the previous page.
  var after: SearchHit?

  init(text: String) {
    words = SearchText.words(of: text).map { SearchText.text($0) }
  }
}

/// The last shop of a page, after which the next page begins.
enum PagePosition: Hashable, Sendable {
  /// The text of a ``ListPosition``.
  case list(String, ListSort)
  case search(SearchHit)
}
