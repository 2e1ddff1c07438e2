public import HummingbirdCore
public import Logging
public import NIOCore
public import NIOHTTP1
public import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// An HTTP/1.1 connection with a service's own handlers between the codec and the framework's handlers.
public protocol HTTPPipelineChannel: ServerChildChannel, HTTPChannelHandler
where Value == NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
  /// Adds the decoder and the service's own handlers, among them the one that closes idle connections. Called on the channel's event loop
  /// when its pipeline holds only the encoder.
  func addHandlers(to channel: any Channel, encoder: HTTPResponseEncoder, decoder: HTTPRequestDecoder) throws
}

extension HTTPPipelineChannel {
  public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      let encoder = HTTPResponseEncoder()
      try pipeline.addHandler(encoder)
      try addHandlers(to: channel, encoder: encoder, decoder: .service)
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(MalformedRequestHandler())
      // Without an idle timeout of its own, because requests that the service's own handlers answer don't reach it.
      try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
      return try NIOAsyncChannel(
        wrappingChannelSynchronously: channel,
        configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true))
    }
  }

  public func handle(value: Value, logger: Logger) async {
    await handleHTTP(asyncChannel: value, logger: logger)
  }
}

extension HTTPRequestDecoder {
  /// With the limits of headers that all services have.
  fileprivate static var service: HTTPRequestDecoder {
    let standard = HTTP1Channel.Configuration.DecoderConfiguration.service
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = standard.maxHeaderFieldSize
    limits.maxHeaderListSize = standard.maxHeaderListSize
    limits.maxHeaderFieldCount = standard.maxHeaderFieldCount
    return HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
  }
}
