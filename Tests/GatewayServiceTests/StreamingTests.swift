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
  /// Counts the sent bytes of a body.
  private final class Count: Sendable {
    let bytes = Atomic<Int>(0)
  }

  private static let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024)

  @Test("An event stream is forwarded without buffering")
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
    try await withGateway(upstream: upstream) { gateway, _ in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let connection = try await gateway.connect()
      try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(string: "GET /order-history/orders/x/track HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\n\r\n"))
        var parts = inbound.makeAsyncIterator()
        var all = ""
        for number in 1...5 {
          line.yield("data: \(number)\n\n")
          // The next line is sent only after this one has arrived.
          while !all.contains("data: \(number)\n\n") {
            guard let part = try await parts.next() else { break }
            all += String(buffer: part)
          }
          #expect(all.contains("data: \(number)\n\n"))
        }
        #expect(gateway.internals.admission.count == 0)
        #expect(all.lowercased().contains("content-type: text/event-stream"))
      }
      line.finish()
    }
  }

  @Test("A client that does not read stops the service by backpressure, and is disconnected")
  func slowReader() async throws {
    let flood = Flood()
    let service = try await flood.listen()
    try await withGateway(instances: ["shop": ["http://127.0.0.1:\(service.localAddress?.port ?? 0)"]]) { gateway in
      let connection = try await gateway.connect(receiveBuffer: 16 * 1024, reads: false)
      try await connection.executeThenClose { _, outbound in
        try await outbound.write(ByteBuffer(string: "GET /shop/shops/large HTTP/1.1\r\nHost: a\r\n\r\n"))
        try await eventually(within: .seconds(10), "the unread stream to end") {
          flood.hasEnded.load(ordering: .relaxed)
        }
      }
    }
    // At most what the socket buffers between hold, not the complete response.
    #expect((1..<Flood.length / 4).contains(flood.written.load(ordering: .relaxed)))
    try await service.close()
  }

  @Test("A large response arrives complete")
  func download() async throws {
    let upstream = FakeUpstream { _, _ in
      Response(
        status: .ok,
        body: ResponseBody(contentLength: 128 * Self.chunk.readableBytes) { writer in
          for _ in 0..<128 { try await writer.write(Self.chunk) }
          try await writer.finish(nil)
        })
    }
    try await withGateway(upstream: upstream) { gateway, _ in
      let response = try await gateway.client.get("/shop/shops/large")
      #expect(response.status == 200 && response.body.count == 128 * Self.chunk.readableBytes)
    }
  }

  @Test("A large body is streamed as fast as the service reads it")
  func upload() async throws {
    let received = Atomic<Int>(0)
    let gate = AsyncStream.makeStream(of: Void.self)
    let upstream = FakeUpstream { request, _ in
      for await _ in gate.stream { break }
      for try await part in request.body { received.add(part.readableBytes, ordering: .relaxed) }
      return Response(status: .created)
    }
    var configuration = GatewayConfiguration.testing
    configuration.bodyLimit = 512 << 20
    configuration.policy.deadline = .seconds(20)
    configuration.clientTimeouts.idle = .seconds(20)
    try await withGateway(configuration, upstream: upstream) { gateway, _ in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let sent = Count()
      let size = 256 << 20
      let connection = try await gateway.connect()
      try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(
            string:
              "POST /order/orders HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\nX-Streamed: 1\r\nContent-Length: \(size)\r\n\r\n"
          ))
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            for _ in 0..<(size / Self.chunk.readableBytes) {
              // Completes when the bytes are written to the socket.
              try await connection.channel.writeAndFlush(Self.chunk)
              sent.bytes.add(Self.chunk.readableBytes, ordering: .relaxed)
            }
          }
          // While the service does not read, the client can send only what the socket buffers between hold.
          var last = -1
          try await eventually(within: .seconds(10), every: .milliseconds(300), "the client to stall") {
            defer { last = sent.bytes.load(ordering: .relaxed) }
            return last > 0 && sent.bytes.load(ordering: .relaxed) == last
          }
          #expect(sent.bytes.load(ordering: .relaxed) < size / 2)
          gate.continuation.yield()
          try await group.waitForAll()
        }
        var response = ""
        for try await part in inbound { response += String(buffer: part) }
        #expect(response.hasPrefix("HTTP/1.1 201 "))
      }
      #expect(received.load(ordering: .relaxed) == size)
    }
  }

  @Test("Each account may have a limited number of streams; closed streams are released, and other accounts are not affected")
  func perCaller() async throws {
    let upstream = FakeUpstream { request, context in
      guard request.uri.path.hasSuffix("/track") else { return try await FakeUpstream.plain(request, context) }
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream"],
        body: ResponseBody { writer in
          while true {
            try await writer.write(ByteBuffer(string: ": heartbeat\n\n"))
            try await Task.sleep(for: .milliseconds(20))
          }
        })
    }
    var configuration = GatewayConfiguration.testing
    configuration.streamsPerPrincipal = 2
    try await withGateway(configuration, upstream: upstream) { gateway, _ in
      let mine = try await bearer(.customer)
      for _ in 0..<5 { #expect(try await gateway.client.get("/rider/riders/x/offers", headers: mine).status == 200) }
      let streams = [try await gateway.open(), try await gateway.open()]
      for stream in streams { #expect(try await stream.track(as: mine) == 200) }
      for path in ["/order-history/orders/x/track", "/rider/riders/x/offers"] {
        let rejected = try await gateway.client.get(path, headers: mine)
        #expect(rejected.status == 429 && rejected.code == "too_many_streams" && rejected.header("Retry-After") == "1")
      }
      #expect(try await gateway.client.get("/order/orders/x", headers: mine).status == 200)
      let other = try await gateway.open()
      #expect(try await other.track(as: try await bearer(.customer, .other)) == 200)

      streams[0].close()
      try await eventually("the permit to be released") {
        try await gateway.client.get("/rider/riders/x/offers", headers: mine).status == 200
      }
      for connection in streams + [other] { connection.close() }
    }
  }

  @Test("Without an account the limit of streams applies to the address, and a permit is released once")
  func streamsOfAddress() throws {
    let perCaller = PerCallerLimiter(limit: 1)
    let limits = ConcurrencyLimit(
      requests: Admission(limit: 9), streams: Admission(limit: 2), perCaller: perCaller, uploads: Admission(limit: 9))
    func acquire(_ peer: String) throws -> ConcurrencyLimit.Permit {
      let caller = Caller(
        address: ForwardedClientAddress(peer: peer, received: "", trusted: 0), principal: nil, authorization: nil)
      return try limits.acquire(.longLived(caller.key))
    }
    let first = try acquire("2001:db8::1")
    #expect(throws: Problem.self) { try acquire("2001:db8::2") }
    first.release()
    first.release()
    var second: ConcurrencyLimit.Permit? = try acquire("2001:db8::2")
    #expect(throws: Problem.self) { try acquire("2001:db8::1") }
    try acquire("192.0.2.1").release()
    #expect(second != nil && perCaller.count == 1 && limits.streams.count == 1)
    second = nil
    #expect(perCaller.count == 0 && limits.streams.count == 0)
  }

  @Test("An idle connection is closed; one with a pending response is closed only after the response")
  func idle() async throws {
    let upstream = FakeUpstream { request, context in
      try await Task.sleep(for: .seconds(1))
      return try await FakeUpstream.plain(request, context)
    }
    var configuration = GatewayConfiguration.testing
    configuration.clientTimeouts.idle = .milliseconds(300)
    try await withGateway(configuration, upstream: upstream) { gateway, _ in
      let (idle, waiting) = (try await gateway.open(), try await gateway.open())
      #expect(try await waiting.request("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      for connection in [idle, waiting] { try await eventually("the connection to close") { connection.isClosed } }
    }
  }

  @Test("When a client disconnects, the service's stream ends")
  func disconnect() async throws {
    let hasEnded = Atomic<Bool>(false)
    let upstream = FakeUpstream { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/event-stream"],
        body: ResponseBody { writer in
          defer { hasEnded.store(true, ordering: .relaxed) }
          while true {
            try await writer.write(ByteBuffer(string: ": heartbeat\n\n"))
            try await Task.sleep(for: .milliseconds(20))
          }
        })
    }
    try await withGateway(upstream: upstream) { gateway, _ in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let connection = try await gateway.connect()
      try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(string: "GET /order-history/orders/x/track HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\n\r\n"))
        for try await part in inbound where String(buffer: part).contains("heartbeat") { break }
      }
      try await eventually(within: .seconds(5), "the service's stream to end") { hasEnded.load(ordering: .relaxed) }
    }
  }
}

/// A service with a response of 512 MB, which writes as fast as the socket accepts, and counts the bytes.
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
    let response = try await request(
      "GET /order-history/orders/x/track HTTP/1.1\r\nHost: a\r\nAuthorization: \(headers["Authorization"] ?? "")\r\n\r\n")
    return response.statuses.first
  }
}

extension GatewayUnderTest {
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
