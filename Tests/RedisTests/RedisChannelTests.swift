import NIOCore
import NIOEmbedded
import Testing

@testable import Redis

@Suite struct RedisChannelTests {
  private struct Fixture {
    let embedded = EmbeddedChannel()
    let channel: RedisChannel

    init(limit: Int = 100, heartbeat: TimeAmount? = nil) throws {
      channel = try RedisChannel(
        eventLoop: embedded.embeddedEventLoop, queueLimit: limit, heartbeat: heartbeat,
        metrics: RedisMetrics(server: "test"))
      try embedded.pipeline.syncOperations.addHandler(channel)
      try embedded.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func send(_ names: String..., within limit: TimeAmount = .seconds(1)) -> EventLoopFuture<[RedisValue]> {
      channel.send(names.map { RedisCommand($0) }, within: limit)
    }

    func written() throws -> String? {
      try embedded.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
    }

    func receive(_ text: String) throws {
      try embedded.writeInbound(ByteBuffer(string: text))
    }
  }

  @Test("Commands of one event loop turn are one write")
  func oneWrite() throws {
    let fixture = try Fixture()
    let first = fixture.send("A", "B")
    let second = fixture.send("C")
    #expect(try fixture.written() == nil)
    fixture.embedded.embeddedEventLoop.run()
    #expect(try fixture.written() == "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n")
    #expect(try fixture.written() == nil)
    try fixture.receive("+1\r\n+2\r\n+3\r\n")
    #expect(try first.wait() == [.simple("1"), .simple("2")])
    #expect(try second.wait() == [.simple("3")])
  }

  @Test("Commands sent while handling replies are written at the end of the same read")
  func writeAtEndOfRead() throws {
    let fixture = try Fixture()
    let first = fixture.send("A")
    let second = fixture.send("B")
    let channel = fixture.channel
    for future in [first, second] {
      future.whenSuccess { _ in _ = channel.send([RedisCommand("N")], within: .seconds(1)) }
    }
    fixture.embedded.embeddedEventLoop.run()
    _ = try fixture.written()
    try fixture.receive("+1\r\n+2\r\n")
    #expect(try fixture.written() == "*1\r\n$1\r\nN\r\n*1\r\n$1\r\nN\r\n")
  }

  @Test("A reply after its deadline is dropped, and the next command gets its own")
  func lateReply() throws {
    let fixture = try Fixture()
    let slow = fixture.send("SLOW", within: .milliseconds(100))
    let next = fixture.send("NEXT", within: .seconds(10))
    fixture.embedded.embeddedEventLoop.advanceTime(by: .milliseconds(100))
    #expect(throws: RedisError(.timedOut, "no reply within the deadline")) { try slow.wait() }
    try fixture.receive("+slow\r\n+next\r\n")
    #expect(try next.wait() == [.simple("next")])
  }

  @Test("A full queue rejects at once")
  func full() throws {
    let fixture = try Fixture(limit: 2)
    let taken = [fixture.send("A"), fixture.send("B")]
    #expect(throws: RedisError.tooManyOutstanding) { try fixture.send("C").wait() }
    try fixture.receive("+1\r\n+2\r\n")
    #expect(try taken[1].wait() == [.simple("2")])
  }

  @Test("An unexpected reply and a malformed one close the connection", arguments: ["+unexpected\r\n", "nonsense\r\n"])
  func violation(text: String) throws {
    let fixture = try Fixture()
    try fixture.receive(text)
    #expect(fixture.channel.closeReason?.code == .protocolViolation)
    #expect(!fixture.embedded.isActive)
    #expect(throws: RedisError.self) { try fixture.send("A").wait() }
  }

  @Test("A closed connection fails everything outstanding as lost")
  func lost() throws {
    let fixture = try Fixture()
    let futures = [fixture.send("A"), fixture.send("B")]
    fixture.embedded.pipeline.fireChannelInactive()
    for future in futures {
      let error = #expect(throws: RedisError.self) { try future.wait() }
      #expect(error?.code == .connectionLost)
    }
  }

  @Test("A silent server is pinged, and the connection is closed without a reply")
  func heartbeat() throws {
    let fixture = try Fixture(heartbeat: .seconds(1))
    let loop = fixture.embedded.embeddedEventLoop
    loop.advanceTime(by: .seconds(2))
    #expect(try fixture.written() == "*1\r\n$4\r\nPING\r\n")
    try fixture.receive("+PONG\r\n")
    loop.advanceTime(by: .seconds(2))
    #expect(try fixture.written() == "*1\r\n$4\r\nPING\r\n")
    #expect(fixture.channel.closeReason == nil)
    loop.advanceTime(by: .seconds(3))
    #expect(fixture.channel.closeReason?.code == .connectionLost)
  }

  @Test("Draining waits for the last reply")
  func drain() throws {
    let fixture = try Fixture()
    let last = fixture.send("A")
    fixture.channel.drain(within: .seconds(1))
    #expect(fixture.channel.closeReason == nil)
    try fixture.receive("+1\r\n")
    #expect(try last.wait() == [.simple("1")])
    #expect(fixture.channel.closeReason != nil)
  }
}
