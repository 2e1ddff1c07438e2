import TestSupport
import Testing

@testable import GatewayService

/// A byte sequence that two HTTP parsers might interpret differently.
struct Shape: Sendable, CustomTestStringConvertible {
  enum Outcome: Sendable {
    /// 4xx, or closed without a response, and no request reached a service.
    case rejected
    /// Exactly one request reached a service, with this target.
    case one(String)
    /// Either of them.
    case oneOrRejected(String)
  }

  let name: String
  let bytes: [UInt8]
  let outcome: Outcome

  init(_ name: String, _ text: String, _ outcome: Outcome = .rejected) {
    self.name = name
    bytes = Array(text.utf8)
    self.outcome = outcome
  }

  /// With a byte between two texts that is not valid UTF-8 or a control character.
  init(_ name: String, around byte: UInt8, _ before: String, _ after: String) {
    self.name = name
    bytes = Array(before.utf8) + CollectionOfOne(byte) + Array(after.utf8)
    outcome = .rejected
  }

  var testDescription: String { name }
}

@Suite("Request smuggling")
struct SmugglingTests {
  /// The request that an attacker hides in the body of another.
  private static let smuggled = "GET /shop/shops/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let post = "POST /identity/sessions HTTP/1.1\r\nHost: a\r\n"

  private static func chunked(_ coding: String, _ body: String = "0\r\n\r\n") -> String {
    "\(post)\(coding)\r\n\r\n\(body)"
  }

  static let lengths: [Shape] = [
    Shape("CL.TE", "\(post)Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"),
    Shape("TE.CL", "\(post)Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n\(smuggled)\r\n0\r\n\r\n"),
    Shape("CL.TE, smuggled", "\(post)Content-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(smuggled)"),
    Shape("two lengths", "\(post)Content-Length: 0\r\nContent-Length: 47\r\n\r\n\(smuggled)"),
    Shape("the same length twice", "\(post)Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"),
    Shape("a list of lengths", "\(post)Content-Length: 2, 2\r\n\r\nhi"),
    Shape("a length with a sign", "\(post)Content-Length: +2\r\n\r\nhi"),
    Shape("a negative length", "\(post)Content-Length: -2\r\n\r\nhi"),
    Shape("a length in hexadecimal", "\(post)Content-Length: 0x2\r\n\r\nhi"),
    Shape("a length with a fraction", "\(post)Content-Length: 2.0\r\n\r\nhi"),
    Shape("a length in words", "\(post)Content-Length: two\r\n\r\nhi"),
    Shape("an empty length", "\(post)Content-Length: \r\n\r\n\(smuggled)"),
    Shape("a length beyond 64 bits", "\(post)Content-Length: 18446744073709551618\r\n\r\nhi"),
    Shape("a length beyond the limit", "\(post)Content-Length: 99999999999\r\n\r\nhi"),
    Shape("a space in the length", "\(post)Content-Length: 4 7\r\n\r\n\(smuggled)"),
    Shape("a space before the length's colon", "\(post)Content-Length : 47\r\n\r\n\(smuggled)"),
    Shape("a tab before the length's colon", "\(post)Content-Length\t: 47\r\n\r\n\(smuggled)"),
    Shape("a line break before the length's colon", "\(post)Content-Length\r\n: 47\r\n\r\n\(smuggled)"),
    Shape("a length with leading zeros", "\(post)Content-Length: 0002\r\n\r\nhi", .one("/sessions")),
    Shape("GET with a body", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 47\r\n\r\n\(smuggled)"),
    Shape("HEAD with a body", "HEAD /shop/shops/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 47\r\n\r\n\(smuggled)"),
    Shape("GET with chunks", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Shape("GET with a length of zero", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", .one("/shops/1")),
  ]

  static let codings: [Shape] = [
    Shape("plain chunks", chunked("Transfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n"), .one("/sessions")),
    Shape("TE.TE", chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")),
    Shape("TE.TE, twice chunked", chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
    Shape("TE.TE, in another case", chunked("Transfer-Encoding: chunked\r\ntransfer-encoding: x")),
    Shape("identity", chunked("Transfer-Encoding: identity")), Shape("xchunked", chunked("Transfer-Encoding: xchunked")),
    Shape("gzip, chunked", chunked("Transfer-Encoding: gzip, chunked")),
    Shape("chunked, identity", chunked("Transfer-Encoding: chunked, identity")),
    Shape("chunked, chunked", chunked("Transfer-Encoding: chunked, chunked")),
    Shape("chunked in quotes", chunked("Transfer-Encoding: \"chunked\"")),
    Shape("chunked with a parameter", chunked("Transfer-Encoding: chunked;q=1")),
    Shape("a space before the colon", chunked("Transfer-Encoding : chunked")),
    Shape("a tab before the colon", chunked("Transfer-Encoding\t: chunked")),
    Shape("a space before the name", chunked("X: y\r\n Transfer-Encoding: chunked"), .oneOrRejected("/sessions")),
    Shape("a vertical tab before the value", chunked("Transfer-Encoding: \u{b}chunked")),
    Shape("a form feed after the value", chunked("Transfer-Encoding: chunked\u{c}")),
    Shape("a folded value", chunked("Transfer-Encoding:\r\n chunked"), .oneOrRejected("/sessions")),
    Shape("an underscore in the name", "\(post)Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\nhi", .one("/sessions")),
    Shape("chunks by HTTP/1.0", "POST /identity/sessions HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Shape("an invalid chunk size", chunked("Transfer-Encoding: chunked", "z\r\nhi\r\n0\r\n\r\n")),
    Shape("a huge chunk size", chunked("Transfer-Encoding: chunked", "ffffffffffffffff\r\nhi")),
    Shape("a chunk size beyond 64 bits", chunked("Transfer-Encoding: chunked", "10000000000000002\r\nhi\r\n0\r\n\r\n")),
    Shape("a chunk size with 0x", chunked("Transfer-Encoding: chunked", "0x2\r\nhi\r\n0\r\n\r\n")),
    Shape("a negative chunk size", chunked("Transfer-Encoding: chunked", "-2\r\nhi\r\n0\r\n\r\n")),
    Shape("a space before the chunk size", chunked("Transfer-Encoding: chunked", " 2\r\nhi\r\n0\r\n\r\n")),
    Shape(
      "a space after the chunk size", chunked("Transfer-Encoding: chunked", "2 \r\nhi\r\n0\r\n\r\n"), .oneOrRejected("/sessions")),
    Shape("chunk extensions", chunked("Transfer-Encoding: chunked", "2;a=b\r\nhi\r\n0;c\r\n\r\n"), .one("/sessions")),
    Shape("a line break in a chunk extension", chunked("Transfer-Encoding: chunked", "2;a=\n\r\nhi\r\n0\r\n\r\n")),
    Shape("a chunk longer than its size", chunked("Transfer-Encoding: chunked", "2\r\nhiho\r\n0\r\n\r\n")),
    Shape("chunks that end by line feeds", chunked("Transfer-Encoding: chunked", "2\nhi\n0\n\n")),
    Shape("chunks without an end", chunked("Transfer-Encoding: chunked", "2\r\nhi\r\n")),
    Shape(
      "a length in the trailers", chunked("Transfer-Encoding: chunked", "0\r\nContent-Length: 47\r\n\r\n"),
      .oneOrRejected("/sessions")),
  ]

  static let lines: [Shape] = [
    Shape("line feeds only", "GET /shop/shops/1 HTTP/1.1\nHost: a\n\n", .oneOrRejected("/shops/1")),
    Shape("one line feed only", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", .oneOrRejected("/shops/1")),
    Shape("carriage returns only", "GET /shop/shops/1 HTTP/1.1\rHost: a\r\r"),
    Shape("a carriage return in a value", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nX: y\rz: w\r\n\r\n"),
    Shape("NUL in a value", around: 0, "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nX: y", "z\r\n\r\n"),
    Shape("NUL in a name", around: 0, "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nX", "y: z\r\n\r\n"),
    Shape("NUL in the target", around: 0, "GET /shop/shops/", " HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("DEL in a value", around: 0x7f, "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nX: ", "\r\n\r\n"),
    Shape("a name without a value", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
    Shape("a value without a name", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"),
    Shape("a name with a space", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n"),
    Shape("a folded first line", "GET /shop/shops/1 HTTP/1.1\r\n Host: a\r\n\r\n"),
    Shape("a space before the first line", " GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("two spaces in the first line", "GET  /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n", .oneOrRejected("/shops/1")),
    Shape("a tab in the first line", "GET\t/shop/shops/1\tHTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("HTTP/0.9", "GET /shop/shops/1\r\n\r\n"), Shape("HTTP/1.2", "GET /shop/shops/1 HTTP/1.2\r\nHost: a\r\n\r\n"),
    Shape("HTTP/2.0 by its preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Shape("HTTP/11", "GET /shop/shops/1 HTTP/11\r\nHost: a\r\n\r\n"),
    Shape("http/1.1 in lowercase", "GET /shop/shops/1 http/1.1\r\nHost: a\r\n\r\n"),
    Shape("a method in lowercase", "get /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("CONNECT", "CONNECT shop:8101 HTTP/1.1\r\nHost: shop:8101\r\n\r\n"),
    Shape("TRACE", "TRACE /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(
      "an upgrade to HTTP/2",
      "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
      .oneOrRejected("/shops/1")),
    Shape("an unknown expectation", "\(post)Expect: 200-ok\r\nContent-Length: 2\r\n\r\nhi"),
    Shape("empty lines first", "\r\n\r\nGET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n", .oneOrRejected("/shops/1")),
    Shape("garbage after a request", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n\u{1}\u{2}\u{3}\r\n\r\n", .one("/shops/1")),
  ]

  static let targets: [Shape] = [
    Shape("no Host", "GET /shop/shops/1 HTTP/1.1\r\n\r\n"),
    Shape("two Hosts", "GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    Shape("a Host with a path", "GET /shop/shops/1 HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    Shape("a Host with a user", "GET /shop/shops/1 HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    Shape("a Host with a space", "GET /shop/shops/1 HTTP/1.1\r\nHost: a b\r\n\r\n"),
    Shape("absolute form", "GET http://other/shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n", .one("/shops/1")),
    Shape("absolute form without a path", "GET http://other HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("absolute form with a user", "GET http://me@other/shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("absolute form of another scheme", "GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("dots", "GET /shop/../order/admin/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("encoded dots", "GET /shop/%2e%2e/order/orders HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("twice encoded dots", "GET /shop/%252e%252e/order HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("an encoded slash", "GET /shop/shops%2fversions HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("an encoded backslash", "GET /shop/shops%5cversions HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("a backslash", "GET /shop/shops\\versions HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("an encoded NUL", "GET /shop/shops/%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("an encoded line break", "GET /shop/shops/%0d%0aX:%20y HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("two slashes", "GET //shop/shops HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("a slash at the end", "GET /shop/metrics/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("a fragment", "GET /shop/shops/1#x HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape("bytes over 127", around: 0xff, "GET /shop/shops/", " HTTP/1.1\r\nHost: a\r\n\r\n"),
    Shape(
      "a request in a parameter", "GET /shop/shops/1?a=%0d%0aGET%20/shop HTTP/1.1\r\nHost: a\r\n\r\n",
      .one("/shops/1?a=%0d%0aGET%20/shop")),
  ]

  @Test("Every ambiguous request is rejected or is exactly one request", arguments: lengths + codings + lines + targets)
  func shape(_ shape: Shape) async throws {
    try await withGateway { gateway, upstream in
      let follower = "GET /shop/shops/after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      let response = try await gateway.raw(shape.bytes + Array(follower.utf8))
      let statuses = response.statuses
      let targets = upstream.targets
      #expect(!targets.contains("/shops/smuggled"), "\(targets)")
      switch (shape.outcome, targets.first) {
      case (.one(let target), _), (.oneOrRejected(let target), .some):
        #expect(targets.first == target)
        #expect(targets.count { $0 == target } == 1 && targets.dropFirst().allSatisfy { $0 == "/shops/after" })
        #expect(statuses.count { $0 == 200 } == targets.count, "\(statuses) for \(targets)")
      case (.rejected, _), (.oneOrRejected, .none):
        #expect(targets.isEmpty, "\(targets)")
        #expect(statuses.count <= 1 && statuses.allSatisfy { (400..<500).contains($0) }, "\(response)")
      }
    }
  }

  @Test("Bytes after a malformed request are never parsed as a request")
  func afterMalformed() async throws {
    try await withGateway { gateway, upstream in
      let response = try await gateway.raw("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\nBAD\r\n\r\n" + Self.smuggled)
      #expect(response.statuses.first == 200)
      #expect(upstream.targets == ["/shops/1"])
    }
  }

  @Test("Pipelined requests get exactly one response each, in order")
  func pipelined() async throws {
    try await withGateway { gateway, upstream in
      let text = (1...20).map { "GET /shop/shops/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
      let response = try await gateway.raw(text + "GET /shop/shops/21 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let expected = (1...21).map { "/shops/\($0)" }
      #expect(upstream.targets == expected)
      #expect(response.statuses == Array(repeating: 200, count: 21))
      let counts = expected.map { target in response.ranges(of: "GET \(target)").count }
      #expect(counts.allSatisfy { $0 >= 1 })
    }
  }
}

extension String {
  /// The status of each response in an HTTP/1.1 byte stream.
  var statuses: [Int] {
    ranges(of: "HTTP/1.1 ").compactMap { Int(self[$0.upperBound...].prefix(3)) }
  }
}
