public import NIOCore
public import NIOHTTP1

/// What there is for a request on the fast path.
public enum FastRead {
  /// A complete answer in the bytes of HTTP/1.1, which leaves the connection open.
  case ready(ByteBuffer)
  /// Being looked for: calls back with the bytes, once, on the connection's event loop.
  case underWay((@escaping (ByteBuffer) -> Void) -> Void)
  /// The framework behind answers.
  case notMine
}

/// Knows the answers of the fast path; asked on the event loop of the connection.
public protocol FastReadSource {
  /// May be asked about one request twice, when the first answer was ``FastRead/notMine``: it must wait its turn behind the fast ones.
  func read(_ head: HTTPRequestHead) -> FastRead
}
