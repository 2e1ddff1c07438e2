import HTTPFastPath
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Web

/// The pipeline of a client connection: decoder, fast path, framing validation, then the framework's handlers.
struct GatewayChannel: ServerChildChannel, HTTPChannelHandler {
  typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

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

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      guard connections.acquire() else {
        // The pipeline has no handler yet that would close it.
        channel.close(promise: nil)
        throw TooManyConnections()
      }
      channel.closeFuture.whenComplete { [connections] _ in connections.release() }
      // Bounds the response bytes buffered for a client that does not read.
      try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 8 * 1024, high: 32 * 1024))
      let pipeline = channel.pipeline.syncOperations
      let encoder = HTTPResponseEncoder()
      try pipeline.addHandler(encoder)
      try pipeline.addDecoder(Self.decoder, limiting: incompleteRequests)
      try pipeline.addHandler(SlowReaderHandler(timeout: timeouts.unread))
      try pipeline.addHandler(FastReadHandler(source: fastPath, encoder: encoder, idleTimeout: timeouts.idle))
      try pipeline.addHandler(RequestFramingHandler(validator: validator))
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(MalformedRequestHandler())
      // Without an idle timeout of its own, because the requests of the fast path don't reach it.
      try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
      return try NIOAsyncChannel(
        wrappingChannelSynchronously: channel,
        configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true))
    }
  }

  func handle(value: Value, logger: Logger) async {
    await handleHTTP(asyncChannel: value, logger: logger)
  }

  private struct TooManyConnections: Error {}

  private static var decoder: HTTPRequestDecoder {
    let standard = HTTP1Channel.Configuration.DecoderConfiguration.service
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = standard.maxHeaderFieldSize
    limits.maxHeaderListSize = standard.maxHeaderListSize
    limits.maxHeaderFieldCount = standard.maxHeaderFieldCount
    return HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
  }
}
