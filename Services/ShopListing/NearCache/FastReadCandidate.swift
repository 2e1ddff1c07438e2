import HTTPFastPath
import HTTPTypes
import NIOHTTP1

/// A request that may be answered on the fast path, by its method, version and headers.
struct FastReadCandidate {
  private(set) var ifNoneMatch: String?

  /// `nil` for what only the framework handles: bodies, other methods and versions, connections that close.
  ///
  /// Who asks makes no difference to what is public: `Authorization` is not looked at, here or there.
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
    guard let candidate = FastReadCandidate(head) else { return .notMine }
    switch lookUp(head.uri) {
    case .ready(let answer):
      return .ready(answer.bytes(ifNoneMatch: candidate.ifNoneMatch))
    case .underWay(let flight):
      return .underWay { body in flight.wait { body($0.bytes(ifNoneMatch: candidate.ifNoneMatch)) } }
    case .notMine:
      return .notMine
    }
  }
}
