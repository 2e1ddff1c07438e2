import HTTPTypes
import NIOCore
import Web

/// A page of the shared cache: the response as its service gave it, and its bytes with the age of the moment.
///
/// A value; the bytes are made again when the age changes, which is once a second at most.
struct CachedResponse: Sendable {
  /// With `Date` and without `Age`, `Content-Length` and what belongs to a connection.
  let fields: HTTPFields
  let body: ByteBuffer
  let expires: NIODeadline
  private let storedAt: NIODeadline
  private let ageThen: Int
  private let entityTag: String?
  private var encoded: (age: Int, full: ByteBuffer, notModified: ByteBuffer)?

  init(_ fields: HTTPFields, _ body: ByteBuffer, lifetime: Int, at now: NIODeadline) {
    ageThen = fields[.age].flatMap { Int($0) } ?? 0
    entityTag = fields[.eTag].flatMap(Self.opaque)
    var fields = fields
    fields[.age] = nil
    fields[.contentLength] = nil
    self.fields = fields
    self.body = body
    storedAt = now
    expires = now + .seconds(Int64(lifetime))
  }

  /// The memory that it holds, about: the bytes are there twice, once with their head.
  var size: Int { 2 * body.readableBytes + 1024 }

  func age(at now: NIODeadline) -> Int {
    ageThen + Int((now - storedAt).nanoseconds / 1_000_000_000)
  }

  /// Whether the client has it already.
  func matches(_ ifNoneMatch: String?) -> Bool {
    guard let ifNoneMatch, let entityTag, let condition = EntityTagCondition(ifNoneMatch) else { return false }
    return condition.matches(opaque: entityTag)
  }

  /// The response in the bytes of HTTP/1.1.
  mutating func bytes(ifNoneMatch: String?, at now: NIODeadline) -> ByteBuffer {
    let age = age(at: now)
    if let encoded, encoded.age == age { return matches(ifNoneMatch) ? encoded.notModified : encoded.full }
    let full = encode("200 OK", age: age, hasBody: true)
    let notModified = encode("304 Not Modified", age: age, hasBody: false)
    encoded = (age, full, notModified)
    return matches(ifNoneMatch) ? notModified : full
  }

  private func encode(_ status: String, age: Int, hasBody: Bool) -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 512 + (hasBody ? body.readableBytes : 0))
    bytes.writeString("HTTP/1.1 \(status)\r\n")
    for field in fields where hasBody || field.name != .contentType {
      bytes.writeString("\(field.name.rawName): \(field.value)\r\n")
    }
    bytes.writeString("age: \(age)\r\n")
    // RFC 9110, section 8.6: a 304 must not claim a length that isn't the page's.
    if hasBody { bytes.writeString("content-length: \(body.readableBytes)\r\n") }
    bytes.writeStaticString("\r\n")
    if hasBody { bytes.writeImmutableBuffer(body) }
    return bytes
  }

  private static func opaque(_ tag: String) -> String? {
    let text = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return nil }
    return String(text.dropFirst().dropLast())
  }
}
