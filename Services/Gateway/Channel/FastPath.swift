import HTTPFastPath
import Metrics
import NIOCore
import NIOHTTP1

/// The responses that are sent directly from the channel pipeline: cached public responses, and 503 under overload.
struct FastPath: FastReadSource, Sendable {
  let cache: ResponseCache
  let admission: Admission
  let metrics: GatewayMetrics
  let bodyLimit: RequestBodyLimit

  func read(_ head: HTTPRequestHead) -> FastRead {
    guard head.version == .http1_1, head.isKeepAlive else { return .notHandled }
    if let candidate = CacheCandidate(head),
      let bytes = cache.encodedResponse(for: head.uri, ifNoneMatch: candidate.ifNoneMatch)
    {
      metrics.cacheHits.increment()
      return .ready(bytes)
    }
    // Probes and metrics must work under overload.
    guard admission.isFull, head.headers["Expect"].isEmpty, hasShortBody(head), !Self.isProbe(head.uri) else {
      return .notHandled
    }
    metrics.shed.increment()
    return .ready(head.method == .HEAD ? Self.overloadedHead : Self.overloaded)
  }

  /// The fast path reads the body to its end: one that may be long is left to ``RequestFramingHandler``, which closes the
  /// connection.
  private func hasShortBody(_ head: HTTPRequestHead) -> Bool {
    head.headers["Transfer-Encoding"].isEmpty
      && head.headers["Content-Length"].allSatisfy { Int($0).map { (0...bodyLimit.buffered).contains($0) } ?? false }
  }

  private static func isProbe(_ uri: String) -> Bool {
    ["/livez", "/readyz", "/metrics"].contains(uri)
  }

  /// `Problem.overloaded`, encoded once.
  private static let document =
    #"{"type":"urn:baedal:problem:overloaded","title":"Service Unavailable","status":503,"code":"overloaded","detail":"too many requests are in flight; retry later"}"#
  private static let overloadedHead = ByteBuffer(
    string: """
      HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\nretry-after: 1\r
      content-length: \(document.utf8.count)\r\n\r\n
      """)
  private static let overloaded = ByteBuffer(string: String(buffer: overloadedHead) + document)
}
