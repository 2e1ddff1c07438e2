import HTTPFastPath
import HummingbirdCore
import NIOCore
import NIOHTTP1
import Web

/// A client connection: decoder, fast path, framing validation, then the framework's handlers.
struct GatewayChannel: HTTPPipelineChannel {
  /// The timeouts of a client connection.
  struct Timeouts: Sendable {
    /// Between complete parts of requests, while no response is pending.
    var idle: TimeAmount
    /// While the client does not read a response that is ready.
    var unread: TimeAmount
  }

  let responder: HTTPChannelHandler.Responder
  let fastPath: FastPath
  let validator: RequestFramingValidator
  let connections: ConnectionLimit
  let incompleteRequests: IncompleteRequestLimiter
  let timeouts: Timeouts

  func addHandlers(to channel: any Channel, encoder: HTTPResponseEncoder, decoder: HTTPRequestDecoder) throws {
    guard connections.acquire() else {
      // The pipeline has no handler yet that would close it.
      channel.close(promise: nil)
      throw TooManyConnections()
    }
    channel.closeFuture.whenComplete { [connections] _ in connections.release() }
    // Bounds the response bytes buffered for a client that does not read.
    try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 8 * 1024, high: 32 * 1024))
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addDecoder(decoder, limiting: incompleteRequests)
    try pipeline.addHandler(SlowReaderHandler(timeout: timeouts.unread))
    try pipeline.addHandler(FastReadHandler(source: fastPath, encoder: encoder, idleTimeout: timeouts.idle))
    try pipeline.addHandler(RequestFramingHandler(validator: validator))
  }

  private struct TooManyConnections: Error {}
}
