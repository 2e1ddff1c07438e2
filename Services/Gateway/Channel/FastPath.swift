import HTTPFastPath
import Metrics
import NIOCore
import NIOHTTP1

/// What the ingress answers before the framework hears of it: pages of the shared cache, and "too much" while it is full.
struct FastPath: FastReadSource, Sendable {
  let cache: ResponseCache
  let admission: Admission
  let metrics: GatewayMetrics

  func read(_ head: HTTPRequestHead) -> FastRead {
    guard head.version == .http1_1, head.isKeepAlive else { return .notMine }
    if let candidate = CacheCandidate(head), let bytes = cache.find(head.uri, ifNoneMatch: candidate.ifNoneMatch) {
      metrics.cacheHits.increment()
      return .ready(bytes)
    }
    // Health is asked for just when there is too much to do.
    guard admission.isFull, head.headers["Expect"].isEmpty, Self.isShort(head), !Self.isOwn(head.uri) else { return .notMine }
    metrics.shed.increment()
    return .ready(head.method == .HEAD ? Self.overloadedHead : Self.overloaded)
  }

  /// The body is read to its end, whatever the answer: what may be long goes to the guard, which bounds it and ends the connection.
  private static func isShort(_ head: HTTPRequestHead) -> Bool {
    head.headers["Transfer-Encoding"].isEmpty
      && head.headers["Content-Length"].allSatisfy { Int($0).map { (0...Proxy.buffered).contains($0) } ?? false }
  }

  private static func isOwn(_ uri: String) -> Bool {
    ["/livez", "/readyz", "/metrics"].contains(uri)
  }

  private static let document =
    #"{"type":"urn:baedal:problem:overloaded","title":"Service Unavailable","status":503,"code":"overloaded","detail":"too many requests are under way; try again"}"#
  private static let overloadedHead = ByteBuffer(
    string: """
      HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\nretry-after: 1\r
      content-length: \(document.utf8.count)\r\n\r\n
      """)
  private static let overloaded = ByteBuffer(string: String(buffer: overloadedHead) + document)
}

/// A request that the shared cache may answer, by its method and headers (RFC 9111, section 4).
struct CacheCandidate {
  private(set) var ifNoneMatch: String?

  /// `nil` for what asks for more than the page itself: who asks, a part, a fresh one, a body.
  init?(_ head: HTTPRequestHead) {
    guard head.method == .GET else { return nil }
    for (name, value) in head.headers {
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
