import HTTPFastPath
import HTTPTypes
import NIOHTTP1

/// A request whose method, version and headers allow the fast path.
struct FastReadCandidate {
  private(set) var ifNoneMatch: String?

  /// `nil` for requests that only the framework handles: with a body, another method or version, or `Connection: close`.
  ///
  /// Listings are public: `Authorization` is ignored, here and in the routes.
  init?(_ head: HTTPRequestHead) {
    guard head.method == .GET, head.version == .http1_1, head.isKeepAlive else { return nil }
    guard head.uri.utf8.starts(with: "/listings".utf8) || head.uri.utf8.starts(with: "/search".utf8) else { return nil }
    for (name, value) in head.headers {
      switch name.utf8.count {
      case 6, 7, 13, 14, 17: break
      default: continue
      }
      switch name.lowercased() {
      case "expect", "upgrade", "content-length", "transfer-encoding": return nil
      case "if-none-match": ifNoneMatch = ifNoneMatch.map { "\($0), \(value)" } ?? value
      default: break
      }
    }
  }
}

extension EventLoopCache: FastReadSource {
  func read(_ head: HTTPRequestHead) -> FastRead {
    guard let candidate = FastReadCandidate(head) else { return .notHandled }
    switch lookUp(head.uri) {
    case .ready(let response):
      return .ready(response.bytes(ifNoneMatch: candidate.ifNoneMatch))
    case .inFlight(let read):
      return .pending { body in read.wait { body($0.bytes(ifNoneMatch: candidate.ifNoneMatch)) } }
    case .unsupported:
      return .notHandled
    }
  }
}
