import HTTPFastPath
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Web

/// The channel pipeline of a connection: the framework's for HTTP/1.1, with the fast path after the request decoder.
struct FastReadChannel: ServerChildChannel, HTTPChannelHandler {
  typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  let responder: HTTPChannelHandler.Responder
  let caches: NearCaches
  let idleTimeout: TimeAmount

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      let encoder = HTTPResponseEncoder()
      try pipeline.addHandlers([encoder, ByteToMessageHandler(Self.decoder)])
      if let cache = caches[channel.eventLoop] {
        try pipeline.addHandler(FastReadHandler(source: cache, encoder: encoder, idleTimeout: idleTimeout))
      }
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(MalformedRequestHandler())
      // Without its own idle timeout, since it doesn't see the requests of the fast path.
      try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
      return try NIOAsyncChannel(
        wrappingChannelSynchronously: channel,
        configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true))
    }
  }

  func handle(value: Value, logger: Logger) async {
    await handleHTTP(asyncChannel: value, logger: logger)
  }

  private static var decoder: HTTPRequestDecoder {
    let standard = HTTP1Channel.Configuration.DecoderConfiguration.service
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = standard.maxHeaderFieldSize
    limits.maxHeaderListSize = standard.maxHeaderListSize
    limits.maxHeaderFieldCount = standard.maxHeaderFieldCount
    return HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
  }
}
