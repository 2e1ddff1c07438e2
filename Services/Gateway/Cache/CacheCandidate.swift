import NIOHTTP1

/// A request that the response cache may satisfy, by its method and headers (RFC 9111, section 4).
struct CacheCandidate {
  private(set) var ifNoneMatch: String?

  /// `nil` if the request has credentials, a body, a range, or cache directives.
  init?(_ head: HTTPRequestHead) {
    guard head.method == .GET else { return nil }
    for (name, value) in head.headers {
      // Cheaper than lowercasing every name: only the lengths of the names below.
      switch name.utf8.count {
      case 5, 6, 7, 8, 13, 14, 17: break
      default: continue
      }
      switch name.lowercased() {
      case "expect", "upgrade", "content-length", "transfer-encoding", "authorization", "cookie", "range", "if-range", "pragma",
        "cache-control":
        return nil
      case "if-none-match": ifNoneMatch = ifNoneMatch.map { "\($0), \(value)" } ?? value
      default: break
      }
    }
  }
}
