import NIOCore
import Testing

@testable import Redis

@Suite struct EncodingTests {
  @Test(
    "A command is an array of bulk strings",
    arguments: [
      (RedisCommand("PING"), "*1\r\n$4\r\nPING\r\n"),
      (RedisCommand("SET", "key", 5), "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$1\r\n5\r\n"),
      (RedisCommand("SET", "키", ""), "*3\r\n$3\r\nSET\r\n$3\r\n키\r\n$0\r\n\r\n"),
      (RedisCommand("E", .bytes([1, 13, 10])), "*2\r\n$1\r\nE\r\n$3\r\n\u{1}\r\n\r\n"),
      (RedisCommand("E", .bytes(ByteBuffer(string: "ab"))), "*2\r\n$1\r\nE\r\n$2\r\nab\r\n"),
      (RedisCommand("E", .bytes(ByteBuffer())), "*2\r\n$1\r\nE\r\n$0\r\n\r\n"),
      (RedisCommand("E", -10, 0), "*3\r\n$1\r\nE\r\n$3\r\n-10\r\n$1\r\n0\r\n"),
      (RedisCommand("E", .int(Int64.min)), "*2\r\n$1\r\nE\r\n$20\r\n-9223372036854775808\r\n"),
      (RedisCommand("E", .int(Int64.max)), "*2\r\n$1\r\nE\r\n$19\r\n9223372036854775807\r\n"),
      (RedisCommand("E", .double(1.5), .double(-.infinity)), "*3\r\n$1\r\nE\r\n$3\r\n1.5\r\n$4\r\n-inf\r\n"),
    ])
  func encoding(command: RedisCommand, expected: String) {
    var buffer = ByteBuffer()
    command.encode(into: &buffer)
    #expect(String(buffer: buffer) == expected)
  }

  @Test("Commands of any length are appended to one buffer")
  func appending() {
    var buffer = ByteBuffer()
    let long = String(repeating: "가", count: 50_000)
    RedisCommand("A", .string(long)).encode(into: &buffer)
    RedisCommand("B").encode(into: &buffer)
    #expect(String(buffer: buffer) == "*2\r\n$1\r\nA\r\n$150000\r\n\(long)\r\n*1\r\n$1\r\nB\r\n")
  }

  @Test(
    "SHA-1 agrees with the examples of FIPS 180",
    arguments: [
      ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
      ),
      (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
  func sha1(text: String, digest: String) {
    #expect(RedisScript(text).sha1 == digest)
  }

  @Test("A command's description contains no argument")
  func description() {
    #expect("\(RedisCommand("AUTH", "user", "secret"))" == "AUTH (2 arguments)")
  }
}
