public import NIOCore
public import NIOHTTP1

/// The fast path's result for a request.
public enum FastRead {
  /// A complete HTTP/1.1 response that leaves the connection open.
  case ready(ByteBuffer)
  /// Not available yet: calls back with the response, once, on the connection's event loop.
  case pending((@escaping (ByteBuffer) -> Void) -> Void)
  /// The framework handles the request.
  case notHandled
}

/// Provides the fast path's responses; called on the connection's event loop.
public protocol FastReadSource {
  /// May be called twice for one request after ``FastRead/notHandled``, because the request may have to wait for fast ones.
  func read(_ head: HTTPRequestHead) -> FastRead
}
