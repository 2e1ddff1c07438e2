import HTTPFastPath
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@Suite("The fast read handler of any source")
struct FastReadHandlerTests {
  /// Responds to every request for `/fast`.
  private struct Source: FastReadSource {
    func read(_ head: HTTPRequestHead) -> FastRead {
      head.uri == "/fast" ? .ready(ByteBuffer(string: "<\(head.method)>")) : .notHandled
    }
  }

  private func connection() throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    let encoder = HTTPResponseEncoder()
    try channel.pipeline.syncOperations.addHandlers([
      encoder, ByteToMessageHandler(HTTPRequestDecoder()),
      FastReadHandler(source: Source(), encoder: encoder, idleTimeout: .seconds(60)),
    ])
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  private func written(_ channel: EmbeddedChannel) throws -> String {
    var all = ByteBuffer()
    while let part = try channel.readOutbound(as: ByteBuffer.self) { all.writeImmutableBuffer(part) }
    return String(buffer: all)
  }

  @Test("The body of a request that needs none is dropped, and the next request is complete")
  func body() throws {
    let channel = try connection()
    try channel.writeInbound(
      ByteBuffer(
        string:
          "POST /fast HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nGET /smuggled HTTP/1GET /fast HTTP/1.1\r\nHost: a\r\n\r\n"
      ))
    #expect(try written(channel) == "<POST><GET>")
    #expect(try channel.readInbound(as: HTTPServerRequestPart.self) == nil)
  }

  @Test("While the client doesn't read its responses no more of its requests are read")
  func slowReader() throws {
    let channel = try connection()
    let reads = ReadCounter()
    try channel.pipeline.syncOperations.addHandler(reads, position: .first)
    channel.isWritable = false
    channel.pipeline.fireChannelWritabilityChanged()
    try channel.writeInbound(ByteBuffer(string: "GET /fast HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(reads.count == 0)
    channel.isWritable = true
    channel.pipeline.fireChannelWritabilityChanged()
    #expect(reads.count == 1)
  }
}

private final class ReadCounter: ChannelOutboundHandler {
  typealias OutboundIn = NIOAny
  var count = 0

  func read(context: ChannelHandlerContext) {
    count += 1
    context.read()
  }
}
