import HTTPFastPath
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ShopListingService

@Suite("The fast read handler")
final class FastReadHandlerTests {
  private let loop = EmbeddedEventLoop()
  private var reads: [(request: ReadRequest, promise: EventLoopPromise<ReadResponse>)] = []

  /// A connection whose reads from Redis are completed by the test, which also acts as the framework.
  private func connection(cacheBytes: Int = 0) throws -> EmbeddedChannel {
    let cache = EventLoopCache(cacheBytes: cacheBytes, isTracking: { true }) { request in
      let promise = self.loop.makePromise(of: ReadResponse.self)
      self.reads.append((request, promise))
      return promise.futureResult
    }
    let channel = EmbeddedChannel(loop: loop)
    let encoder = HTTPResponseEncoder()
    try channel.pipeline.syncOperations.addHandlers([
      encoder, ByteToMessageHandler(HTTPRequestDecoder()),
      FastReadHandler(source: cache, encoder: encoder, idleTimeout: .seconds(60)),
    ])
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  private func send(_ channel: EmbeddedChannel, _ targets: String..., headers: String = "") throws {
    let text = targets.map { "GET \($0) HTTP/1.1\r\nHost: test\r\n\(headers)\r\n" }.joined()
    try channel.writeInbound(ByteBuffer(string: text))
  }

  private func complete(_ number: Int, _ text: String) {
    reads[number].promise.succeed(.document(ByteBuffer(string: text), dependencies: ["key"], entityTag: "v3"))
  }

  /// The bodies of the written responses, in order.
  private func written(_ channel: EmbeddedChannel) throws -> [String] {
    var all = ByteBuffer()
    while let part = try channel.readOutbound(as: ByteBuffer.self) { all.writeImmutableBuffer(part) }
    return String(buffer: all).components(between: "<", and: ">")
  }

  /// The targets of the requests that reached the framework.
  private func passedOn(_ channel: EmbeddedChannel) throws -> [String] {
    var targets: [String] = []
    while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
      if case .head(let head) = part { targets.append(head.uri) }
    }
    return targets
  }

  private func respond(_ channel: EmbeddedChannel, _ text: String) throws {
    try channel.writeOutbound(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)))
    try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))))
    try channel.writeOutbound(HTTPServerResponsePart.end(nil))
  }

  @Test("Pipelined reads and other requests get their responses in order")
  func mixedOrder() throws {
    let channel = try connection()
    try send(channel, "/listings", "/livez", "/listings?sort=fee", "/metrics", "/search?q=a")
    #expect(reads.count == 1)
    #expect(try passedOn(channel) == [])
    complete(0, "<1>")
    #expect(try written(channel) == ["1"])
    #expect(try passedOn(channel) == ["/livez"])
    #expect(reads.count == 1)
    try respond(channel, "<2>")
    #expect(reads.count == 2)
    #expect(try passedOn(channel) == [])
    complete(1, "<3>")
    #expect(try written(channel) == ["2", "3"])
    #expect(try passedOn(channel) == ["/metrics"])
    try respond(channel, "<4>")
    complete(2, "<5>")
    #expect(try written(channel) == ["4", "5"])
  }

  @Test("Pipelined reads run concurrently; their responses are sent in order")
  func concurrentReads() throws {
    let channel = try connection()
    try send(channel, "/listings?limit=1", "/listings?limit=2", "/listings?limit=3")
    #expect(reads.count == 3)
    complete(2, "<3>")
    complete(1, "<2>")
    #expect(try written(channel) == [])
    complete(0, "<1>")
    #expect(try written(channel) == ["1", "2", "3"])
  }

  @Test("Concurrent identical reads are coalesced into one")
  func singleFlight() throws {
    let channel = try connection()
    try send(channel, "/listings", "/listings", "/listings")
    #expect(reads.count == 1)
    complete(0, "<1>")
    #expect(try written(channel) == ["1", "1", "1"])
    try send(channel, "/listings")
    #expect(reads.count == 2)
  }

  @Test("A second read is served by the near cache, and so is an equivalent request target")
  func nearCache() throws {
    let channel = try connection(cacheBytes: 1 << 20)
    try send(channel, "/listings?district=mapo&sort=fee")
    complete(0, "<1>")
    try send(channel, "/listings?district=mapo&sort=fee", "/listings?sort=fee&district=mapo&limit=20")
    #expect(reads.count == 1)
    #expect(try written(channel) == ["1", "1", "1"])
  }

  @Test("Requests that the fast path does not support are passed to the framework unchanged")
  func passesOn() throws {
    let channel = try connection()
    try send(channel, "/listings?limit=0")
    try respond(channel, "<bad>")
    try send(channel, "/listings", headers: "Connection: close\r\n")
    #expect(try passedOn(channel) == ["/listings?limit=0", "/listings"])
    let others = [
      "HEAD /listings HTTP/1.1\r\nHost: a\r\n\r\n", "GET /listings HTTP/1.0\r\n\r\n",
      "GET http://a/listings HTTP/1.1\r\nHost: a\r\n\r\n", "GET /listings HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
      "GET /listings HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
      "POST /listings HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "GET /listingsx HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    for text in others {
      let channel = try connection()
      try channel.writeInbound(ByteBuffer(string: text))
      #expect(try passedOn(channel).count == 1, "\(text)")
    }
    #expect(reads.isEmpty)
  }

  @Test("A read with a token takes the fast path, whether the token is valid or not: listings are public")
  func token() throws {
    let channel = try connection()
    try send(channel, "/listings", headers: "Authorization: Bearer a.b.c\r\n")
    #expect(reads.count == 1)
  }

  @Test("If-None-Match with the current version gets 304")
  func conditional() throws {
    let channel = try connection()
    try send(channel, "/listings/0198c0de-0000-7abc-8def-000000000001", headers: "If-None-Match: \"v3\"\r\n")
    complete(0, "<1>")
    let bytes = try #require(try channel.readOutbound(as: ByteBuffer.self))
    #expect(String(buffer: bytes).hasPrefix("HTTP/1.1 304 Not Modified\r\n"))
  }

  @Test("While requests are buffered nothing is read from the socket")
  func backPressure() throws {
    let channel = try connection()
    let counter = ReadCounter()
    try channel.pipeline.syncOperations.addHandler(counter, position: .first)
    try send(channel, "/livez", "/listings")
    let before = counter.count
    channel.read()
    #expect(counter.count == before)
    try respond(channel, "<1>")
    #expect(counter.count > before)
  }

  @Test("The framework sees the end of input after the responses to all earlier requests")
  func endOfInput() throws {
    let channel = try connection()
    let events = EventCounter()
    try channel.pipeline.syncOperations.addHandler(events)
    try send(channel, "/listings")
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(events.count == 0)
    complete(0, "<1>")
    #expect(events.count == 1)
    #expect(try written(channel) == ["1"])
  }

  @Test("A response for a closed connection is discarded")
  func gone() throws {
    let channel = try connection()
    try send(channel, "/listings", "/livez")
    try channel.close().wait()
    complete(0, "<1>")
    #expect(try written(channel) == [])
  }

  @Test("A connection that waits for a response is not closed as idle")
  func idle() throws {
    let channel = try connection()
    try send(channel, "/listings")
    loop.advanceTime(by: .seconds(61))
    #expect(channel.isActive)
    complete(0, "<1>")
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

private final class EventCounter: ChannelInboundHandler {
  typealias InboundIn = NIOAny
  var count = 0

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    count += 1
  }
}

extension String {
  fileprivate func components(between open: Character, and close: Character) -> [String] {
    split(separator: open).dropFirst().map { String($0.prefix { $0 != close }) }
  }
}
