import NIOCore
import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
  private static let wire =
    "+OK\r\n-ERR no such thing\r\n:-42\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
    + "*4\r\n*2\r\n:1\r\n$2\r\n\r\n\r\n*0\r\n-NOSCRIPT gone\r\n*1\r\n*1\r\n$-1\r\n+END\r\n"

  private static let values: [RedisValue] = [
    .simple("OK"),
    .error(RedisError(.reply("ERR"), "ERR no such thing")),
    .integer(-42),
    .bulk(ByteBuffer(string: "hello")),
    .bulk(ByteBuffer()),
    .null,
    .null,
    .array([]),
    .array([
      .array([.integer(1), .bulk(ByteBuffer(string: "\r\n"))]),
      .array([]),
      .error(RedisError(.noScript, "NOSCRIPT gone")),
      .array([.array([.null])]),
    ]),
    .simple("END"),
  ]

  private func read(_ pieces: [ByteBuffer]) throws -> [RedisValue] {
    let reader = try ReplyReader()
    var values: [RedisValue] = []
    for piece in pieces {
      try reader.feed(piece)
      while let value = try reader.next() {
        values.append(value)
      }
    }
    return values
  }

  @Test("Replies are the same however the bytes are split", arguments: 1...wire.utf8.count)
  func pieces(size: Int) throws {
    var rest = ByteBuffer(string: Self.wire)
    var pieces: [ByteBuffer] = []
    while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
      pieces.append(piece)
    }
    #expect(try read(pieces) == Self.values)
  }

  @Test("A bulk string of 10 MB is read completely")
  func large() throws {
    let content = [[UInt8]](repeating: (0..<10_000).map { UInt8($0 % 251) }, count: 1000).flatMap { $0 }
    var rest = ByteBuffer(string: "*2\r\n$10000000\r\n")
    rest.writeBytes(content)
    rest.writeString("\r\n$3\r\nend\r\n")
    var pieces: [ByteBuffer] = []
    while let piece = rest.readSlice(length: min(65_536, rest.readableBytes)), piece.readableBytes > 0 {
      pieces.append(piece)
    }
    let values = try read(pieces)
    #expect(values == [.array([.bulk(ByteBuffer(bytes: content)), .bulk(ByteBuffer(string: "end"))])])
  }

  @Test("Ten thousand replies in one piece are all read, after a large one too")
  func many() throws {
    var bytes = ByteBuffer()
    for number in 0..<10_000 {
      bytes.writeString("*2\r\n:\(number)\r\n$\("\(number)".utf8.count)\r\n\(number)\r\n")
    }
    let values = try read([ByteBuffer(string: "$3\r\nab"), ByteBuffer(string: "c\r\n"), bytes])
    #expect(values.count == 10_001)
    #expect(values[0] == .bulk(ByteBuffer(string: "abc")))
    #expect(
      values.dropFirst().enumerated().allSatisfy { index, value in
        value == .array([.integer(Int64(index)), .bulk(ByteBuffer(string: "\(index)"))])
      })
  }

  @Test("Bytes that are not RESP are an error", arguments: ["HTTP/1.1 400\r\n", "*1\r\nx\r\n", "*2\r\n*1\r\n:1\r\n?\r\n"])
  func nonsense(text: String) throws {
    let error = #expect(throws: RedisError.self) { try read([ByteBuffer(string: text)]) }
    #expect(error?.code == .protocolViolation)
  }

  @Test("A reader that is freed within an array releases everything")
  func unfinished() throws {
    #expect(try read([ByteBuffer(string: "*3\r\n$1\r\na\r\n*2\r\n:1\r\n")]).isEmpty)
  }
}
