import HTTPFastPath
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Web

/// The pipeline of a client's connection: decoder, fast path, guard, then the framework's own.
struct GatewayChannel: ServerChildChannel, HTTPChannelHandler {
  typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  /// How long a client may do what.
  struct Patience: Sendable {
    /// Between complete parts of requests, while it waits for no answer.
    var idle: TimeAmount
    /// With an answer ready for it that it doesn't take.
    var unread: TimeAmount
  }

  let responder: HTTPChannelHandler.Responder
  let fastPath: FastPath
  let hygiene: RequestFramingValidator
  let connections: ConnectionLimit
  let unfinished: IncompleteRequestLimiter
  let patience: Patience

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      guard connections.enter() else {
        // Nobody else would: there is no handler in it yet.
        channel.close(promise: nil)
        throw TooManyConnections()
      }
      channel.closeFuture.whenComplete { [connections] _ in connections.leave() }
      // What is ready for a client that doesn't read is bounded by this.
      try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 8 * 1024, high: 32 * 1024))
      let pipeline = channel.pipeline.syncOperations
      let encoder = HTTPResponseEncoder()
      try pipeline.addHandler(encoder)
      try pipeline.addDecoder(Self.decoder, counting: unfinished)
      try pipeline.addHandler(SlowReaderHandler(patience: patience.unread))
      try pipeline.addHandler(FastReadHandler(source: fastPath, encoder: encoder, idleTimeout: patience.idle))
      try pipeline.addHandler(RequestGuard(hygiene: hygiene))
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(MalformedRequestHandler())
      // Without its own idle timeout, because it sees nothing of what the fast path answers.
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
