import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Testing
@testable import Web

@Suite("Conditional requests, cursors and idempotency keys")
struct ConditionTests {
  private func request(_ headers: HTTPFields, path: String = "/shops/1", body: String = "") -> Request {
    Request(
      head: HTTPRequest(method: .patch, scheme: "http", authority: "a", path: path, headerFields: headers),
      body: RequestBody(buffer: ByteBuffer(string: body)))
  }

  @Test(
    "If-None-Match: lists, weak tags and * match; other tags don't",
    arguments: [
      (#""v7""#, true), (#"W/"v7""#, true), (#""v6", "v7""#, true), (#""v6",W/"v7""#, true), ("*", true), (#", "v7","#, true),
      (#""v8""#, false), (#""v07""#, false), (#""7""#, false), ("v7", false), (#""v7"#, false), ("", false),
      (#""v7" "v7""#, false),
      ("* x", false),
    ])
  func ifNoneMatch(header: String, matches: Bool) {
    #expect(request([.ifNoneMatch: header]).hasCurrent(version: 7) == matches)
  }

  @Test("several If-None-Match lines are one list")
  func severalLines() {
    var headers = HTTPFields()
    headers.append(HTTPField(name: .ifNoneMatch, value: #""a""#))
    headers.append(HTTPField(name: .ifNoneMatch, value: #""v7""#))
    #expect(request(headers).hasCurrent(version: 7))
    #expect(request(headers).ifNoneMatch?.matches(opaque: "a") == true)
    #expect(!request([:]).hasCurrent(version: 7))
  }

  @Test("If-Match names one version, or any")
  func ifMatch() throws {
    #expect(try request([:]).ifMatch() == nil)
    #expect(try request([.ifMatch: "*"]).ifMatch() == nil)
    #expect(try request([.ifMatch: #""v7""#]).ifMatch() == 7)
    #expect(try request([.ifMatch: #""v7", "v7", "other""#]).ifMatch() == 7)
  }

  @Test(
    "an If-Match that doesn't match is 412, a malformed one is 400",
    arguments: [
      (#"W/"v7""#, "version_mismatch"), (#""other""#, "version_mismatch"), (#""v0""#, "version_mismatch"),
      ("v7", "invalid_header"), (#""v7", "v8""#, "invalid_header"), ("", "invalid_header"),
    ])
  func ifMatchRefused(header: String, code: String) throws {
    let error = #expect(throws: Problem.self) { try request([.ifMatch: header]).ifMatch() }
    #expect(error?.code == code)
  }

  @Test("304 has the tag and no length")
  func notModified() {
    let response = Response.notModified(EntityTag(version: 7))
    #expect(response.status == .notModified)
    #expect(response.headers[.eTag] == #""v7""#)
    #expect(response.headers[.contentLength] == nil)
  }

  @Test("a cursor is parsed as it was written", arguments: [["a"], ["", "b"], ["1|2", "한글", "🍗"], [""]])
  func cursor(fields: [String]) throws {
    let text = Cursor(fields: fields).text
    #expect(
      text.utf8.allSatisfy {
        ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5a) || ($0 >= 0x61 && $0 <= 0x7a) || $0 == 0x2d || $0 == 0x5f
      })
    #expect(try Cursor(text, fields: fields.count).fields == fields)
  }

  @Test("other texts are no cursor", arguments: ["", "x", "a=b", "MQ==", "!!!!", "Mnh5", "MWEfYg", "MWF", "_____w"])
  func badCursor(text: String) {
    #expect(throws: Problem.badCursor) { try Cursor(text, fields: 1) }
  }

  @Test(
    "base64url follows RFC 4648",
    arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")])
  func base64(plain: String, encoded: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
    #expect(Base64URL.decode(encoded) == Array(plain.utf8))
  }

  @Test("idempotency keys are 1 to 255 visible ASCII characters")
  func idempotencyKey() throws {
    #expect(try request([:]).idempotencyKey() == nil)
    #expect(try request([.idempotencyKey: "abc-1"]).requireIdempotencyKey().value == "abc-1")
    #expect(throws: Problem.self) { try request([:]).requireIdempotencyKey() }
    for bad in ["", "a b", "키", String(repeating: "a", count: 256)] { #expect(IdempotencyKey(bad) == nil) }
    #expect(IdempotencyKey(String(repeating: "a", count: 255)) != nil)
  }

  @Test("a fingerprint differs by method, path and body, and is FNV-1a")
  func fingerprint() {
    let one = request([:], path: "/a").fingerprint(body: ByteBuffer(string: "b"))
    #expect(one == request([:], path: "/a?x=1").fingerprint(body: ByteBuffer(string: "b")))
    #expect(one != request([:], path: "/a").fingerprint(body: ByteBuffer(string: "c")))
    #expect(one != request([:], path: "/ab").fingerprint(body: ByteBuffer(string: "")))
    var hash = Fingerprint()
    hash.combine("a".utf8)
    #expect(hash.text == "d228cb696f1a8caf78912b704e4a8964")
  }

  @Test("queries are decoded as forms")
  func query() throws {
    let query = try request([:], path: "/s?q=a+b%20c%2B&q=second&empty&t=2026-01-02T03:04:05.678Z&n=5&dry=true").query()
    #expect(query["q"] == "a b c+")
    #expect(query["empty"] == "")
    #expect(query["none"] == nil)
    #expect(try query.timestamp("t")?.rfc3339 == "2026-01-02T03:04:05.678Z")
    #expect(try query.integer("n", in: 1...9) == 5)
    #expect(try query.bool("dry") == true)
    #expect(throws: Problem.self) { try query.integer("n", in: 6...9) }
    #expect(throws: Problem.self) { try query.bool("n") }
    #expect(throws: Problem.self) { try query.timestamp("n") }
    #expect(throws: Problem.self) { try request([:], path: "/s?q=%00").query() }
  }

  @Test(
    "Date is formatted as in RFC 9110",
    arguments: [(0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT")])
  func date(milliseconds: Int64, text: String) {
    #expect(DateHeader.format(.init(milliseconds: milliseconds)) == text)
  }
}
