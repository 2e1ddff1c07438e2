import Auth
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing
import Web

@testable import GatewayService

@Suite("Streaming")
struct StreamingTests {
  /// How much of a body has gone.
  private final class Count: Sendable {
    let bytes = Atomic<Int>(0)
  }

  private static let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024)

  @Test("An event stream passes as it comes, unbuffered")
  func events() async throws {
    let (lines, line) = AsyncStream.makeStream(of: String.self)
    let source = Mutex<AsyncStream<String>?>(lines)
    let upstream = FakeUpstream { _, _ in
      let lines = source.withLock { $0.take() }
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: ResponseBody { writer in
          for await line in lines ?? AsyncStream.makeStream(of: String.self).stream {
            try await writer.write(ByteBuffer(string: line))
          }
          try await writer.finish(nil)
        })
    }
    try await withGateway(upstream: upstream) { ingress, _ in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let connection = try await ingress.connect()
      try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(string: "GET /order-history/orders/x/track HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\n\r\n"))
        var parts = inbound.makeAsyncIterator()
        var all = ""
        for number in 1...5 {
          line.yield("data: \(number)\n\n")
          // The next line is only given when this one is here.
          while !all.contains("data: \(number)\n\n") {
            guard let part = try await parts.next() else { break }
            all += String(buffer: part)
          }
          #expect(all.contains("data: \(number)\n\n"))
        }
        #expect(ingress.gateway.admission.count == 0)
        #expect(all.lowercased().contains("content-type: text/event-stream"))
      }
      line.finish()
    }
  }

  @Test("A client that doesn't read stops the service, not only itself, and is let go")
  func slowReader() async throws {
    let flood = Flood()
    let service = try await flood.listen()
    try await withGateway(instances: ["shop": ["http://127.0.0.1:\(service.localAddress?.port ?? 0)"]]) { ingress in
      let connection = try await ingress.connect(receiveBuffer: 16 * 1024, reads: false)
      try await connection.executeThenClose { _, outbound in
        try await outbound.write(ByteBuffer(string: "GET /shop/shops/large HTTP/1.1\r\nHost: a\r\n\r\n"))
        try await eventually(within: .seconds(10), "the end of a stream that nobody reads") {
          flood.hasEnded.load(ordering: .relaxed)
        }
      }
    }
    // What the sockets between hold, which the kernel bounds, and not what there is to be had.
    #expect((1..<Flood.length / 4).contains(flood.written.load(ordering: .relaxed)))
    try await service.close()
  }

  @Test("A large answer arrives whole")
  func download() async throws {
    let upstream = FakeUpstream { _, _ in
      Response(
        status: .ok,
        body: ResponseBody(contentLength: 128 * Self.chunk.readableBytes) { writer in
          for _ in 0..<128 { try await writer.write(Self.chunk) }
          try await writer.finish(nil)
        })
    }
    try await withGateway(upstream: upstream) { ingress, _ in
      let answer = try await ingress.client.get("/shop/shops/large")
      #expect(answer.status == 200 && answer.body.count == 128 * Self.chunk.readableBytes)
    }
  }

  @Test("A large body goes up piece by piece, as fast as the service takes it")
  func upload() async throws {
    let taken = Atomic<Int>(0)
    let gate = AsyncStream.makeStream(of: Void.self)
    let upstream = FakeUpstream { request, _ in
      for await _ in gate.stream { break }
      for try await part in request.body { taken.add(part.readableBytes, ordering: .relaxed) }
      return Response(status: .created)
    }
    var configuration = GatewayConfiguration.testing
    configuration.bodyLimit = 512 << 20
    configuration.policy.deadline = .seconds(20)
    configuration.patience.idle = .seconds(20)
    try await withGateway(configuration, upstream: upstream) { ingress, _ in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let sent = Count()
      let size = 256 << 20
      let connection = try await ingress.connect()
      try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(
            string:
              "POST /order/orders HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\nX-Streamed: 1\r\nContent-Length: \(size)\r\n\r\n"
          ))
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            for _ in 0..<(size / Self.chunk.readableBytes) {
              // Done when the socket has taken it.
              try await connection.channel.writeAndFlush(Self.chunk)
              sent.bytes.add(Self.chunk.readableBytes, ordering: .relaxed)
            }
          }
          // While the service reads nothing the client is held up, by what the sockets between hold.
          var last = -1
          try await eventually(within: .seconds(10), every: .milliseconds(300), "the client's standstill") {
            defer { last = sent.bytes.load(ordering: .relaxed) }
            return last > 0 && sent.bytes.load(ordering: .relaxed) == last
          }
          #expect(sent.bytes.load(ordering: .relaxed) < size / 2)
          gate.continuation.yield()
          try await group.waitForAll()
        }
        var answer = ""
        for try await part in inbound { answer += String(buffer: part) }
        #expect(answer.hasPrefix("HTTP/1.1 201 "))
      }
      #expect(taken.load(ordering: .relaxed) == size)
    }
  }

  @Test("Nobody has more than a share of the streams; what ends is given back, and others have theirs")
  func perCaller() async throws {
    let upstream = FakeUpstream { request, context in
      guard request.uri.path.hasSuffix("/track") else { return try await FakeUpstream.plain(request, context) }
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream"],
        body: ResponseBody { writer in
          while true {
            try await writer.write(ByteBuffer(string: ": still here\n\n"))
            try await Task.sleep(for: .milliseconds(20))
          }
        })
    }
    var configuration = GatewayConfiguration.testing
    configuration.streamsPerPrincipal = 2
    try await withGateway(configuration, upstream: upstream) { ingress, _ in
      let mine = try await bearer(.customer)
      for _ in 0..<5 { #expect(try await ingress.client.get("/rider/riders/x/offers", headers: mine).status == 200) }
      let streams = [try await ingress.open(), try await ingress.open()]
      for stream in streams { #expect(try await stream.track(as: mine) == 200) }
      for path in ["/order-history/orders/x/track", "/rider/riders/x/offers"] {
        let refused = try await ingress.client.get(path, headers: mine)
        #expect(refused.status == 429 && refused.code == "too_many_streams" && refused.header("Retry-After") == "1")
      }
      #expect(try await ingress.client.get("/order/orders/x", headers: mine).status == 200)
      let other = try await ingress.open()
      #expect(try await other.track(as: try await bearer(.customer, .other)) == 200)

      streams[0].close()
      try await eventually("the share that was given back") {
        try await ingress.client.get("/rider/riders/x/offers", headers: mine).status == 200
      }
      for connection in streams + [other] { connection.close() }
    }
  }

  @Test("Without an account it is the address that has a share, which is given back once")
  func addressShares() throws {
    let perCaller = PerCallerLimiter(limit: 1)
    let places = ConcurrencyLimit(
      requests: Admission(limit: 9), streams: Admission(limit: 2), perCaller: perCaller, uploads: Admission(limit: 9))
    func enter(_ peer: String) throws -> ConcurrencyLimit.Permit {
      let caller = Caller(
        address: ForwardedClientAddress(peer: peer, sent: "", trusted: 0), principal: nil, authorization: nil)
      return try places.enter(for: .none, isLongLived: true, of: caller)
    }
    let first = try enter("2001:db8::1")
    #expect(throws: Problem.self) { try enter("2001:db8::2") }
    first.leave()
    first.leave()
    var second: ConcurrencyLimit.Permit? = try enter("2001:db8::2")
    #expect(throws: Problem.self) { try enter("2001:db8::1") }
    try enter("192.0.2.1").leave()
    #expect(second != nil && perCaller.count == 1 && places.streams.count == 1)
    second = nil
    #expect(perCaller.count == 0 && places.streams.count == 0)
  }

  @Test("A connection that does nothing is closed; one that waits for its answer is not, until it has it")
  func idle() async throws {
    let upstream = FakeUpstream { request, context in
      try await Task.sleep(for: .seconds(1))
      return try await FakeUpstream.plain(request, context)
    }
    var configuration = GatewayConfiguration.testing
    configuration.patience.idle = .milliseconds(300)
    try await withGateway(configuration, upstream: upstream) { ingress, _ in
      let (idle, waiting) = (try await ingress.open(), try await ingress.open())
      #expect(try await waiting.ask("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      for connection in [idle, waiting] { try await eventually("its end") { connection.isClosed } }
    }
  }

  @Test("A client that goes away ends what was done for it")
  func gone() async throws {
    let hasEnded = Atomic<Bool>(false)
    let upstream = FakeUpstream { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/event-stream"],
        body: ResponseBody { writer in
          defer { hasEnded.store(true, ordering: .relaxed) }
          while true {
            try await writer.write(ByteBuffer(string: ": still here\n\n"))
            try await Task.sleep(for: .milliseconds(20))
          }
        })
    }
    try await withGateway(upstream: upstream) { ingress, _ in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let connection = try await ingress.connect()
      try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(string: "GET /order-history/orders/x/track HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\n\r\n"))
        for try await part in inbound where String(buffer: part).contains("still here") { break }
      }
      try await eventually(within: .seconds(5), "the end of the service's stream") { hasEnded.load(ordering: .relaxed) }
    }
  }
}

/// A service whose answer has 512 MB, written to the socket as it takes them, and counted.
private final class Flood: Sendable {
  static let length = 512 << 20
  let written = Atomic<Int>(0)
  let hasEnded = Atomic<Bool>(false)

  func listen() async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(self)) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let flood: Flood

    init(_ flood: Flood) {
      self.flood = flood
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let head = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: \(Flood.length)\r\n\r\n")
      context.write(wrapOutboundOut(head), promise: nil)
      write(context.channel)
    }

    private func write(_ channel: any Channel) {
      let chunk = ByteBuffer(repeating: 120, count: 65_536)
      channel.writeAndFlush(chunk).assumeIsolated().whenComplete { [flood] result in
        guard case .success = result, flood.written.add(65_536, ordering: .relaxed).newValue < Flood.length else {
          flood.hasEnded.store(true, ordering: .relaxed)
          return
        }
        self.write(channel)
      }
    }
  }
}

extension RawConnection {
  /// Opens a tracking stream.
  /// - Returns: the status.
  fileprivate func track(as headers: [String: String]) async throws -> Int? {
    let answer = try await ask(
      "GET /order-history/orders/x/track HTTP/1.1\r\nHost: a\r\nAuthorization: \(headers["Authorization"] ?? "")\r\n\r\n")
    return answer.statuses.first
  }
}

extension GatewayUnderTest {
  /// A connection of a client.
  func connect(receiveBuffer: Int? = nil, reads: Bool = true) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    if let receiveBuffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: numericCast(receiveBuffer)) }
    if !reads { bootstrap = bootstrap.channelOption(.autoRead, value: false) }
    return try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
      channel.eventLoop.makeCompletedFuture {
        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
          wrappingChannelSynchronously: channel,
          configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
      }
    }
  }
}
