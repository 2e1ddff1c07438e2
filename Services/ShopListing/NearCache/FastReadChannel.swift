import HTTPFastPath
import HummingbirdCore
import NIOCore
import NIOHTTP1
import Web

/// A connection whose reads are answered from the near cache of its event loop.
struct FastReadChannel: HTTPPipelineChannel {
  let responder: HTTPChannelHandler.Responder
  let caches: NearCaches
  let idleTimeout: TimeAmount

  func addHandlers(to channel: any Channel, encoder: HTTPResponseEncoder, decoder: HTTPRequestDecoder) throws {
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(ByteToMessageHandler(decoder))
    if let cache = caches[channel.eventLoop] {
      try pipeline.addHandler(FastReadHandler(source: cache, encoder: encoder, idleTimeout: idleTimeout))
    }
  }
}
