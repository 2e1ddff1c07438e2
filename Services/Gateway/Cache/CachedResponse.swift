import HTTPTypes
import NIOCore
import Web

/// A response in the shared cache, with its HTTP/1.1 encoding for the current age.
///
/// The encoding is made again when the age changes, at most once per second.
struct CachedResponse: Sendable {
  /// With `Date`; without `Age`, `Content-Length` and hop-by-hop fields.
  let fields: HTTPFields
  let body: ByteBuffer
  let expires: NIODeadline
  private let storedAt: NIODeadline
  private let initialAge: Int
  private let entityTag: String?
  private var encodings: (age: Int, full: ByteBuffer, notModified: ByteBuffer)?

  init(_ fields: HTTPFields, _ body: ByteBuffer, lifetime: Int, at now: NIODeadline) {
    initialAge = fields[.age].flatMap { Int($0) } ?? 0
    entityTag = fields[.eTag].flatMap(Self.opaqueTag)
    var fields = fields
    fields[.age] = nil
    fields[.contentLength] = nil
    self.fields = fields
    self.body = body
    storedAt = now
    expires = now + .seconds(Int64(lifetime))
  }

  /// An estimate of its memory in bytes: the body is stored twice, once within the encoding.
  var size: Int { 2 * body.readableBytes + 1024 }

  func age(at now: NIODeadline) -> Int {
    initialAge + Int((now - storedAt).nanoseconds / 1_000_000_000)
  }

  /// Whether the client's copy is current.
  func matches(_ ifNoneMatch: String?) -> Bool {
    guard let ifNoneMatch, let entityTag, let condition = EntityTagCondition(ifNoneMatch) else { return false }
    return condition.matches(opaque: entityTag)
  }

  /// The response, or a 304, encoded for HTTP/1.1.
  mutating func encoded(ifNoneMatch: String?, at now: NIODeadline) -> ByteBuffer {
    let age = age(at: now)
    if let encodings, encodings.age == age { return matches(ifNoneMatch) ? encodings.notModified : encodings.full }
    let full = encode("200 OK", age: age, hasBody: true)
    let notModified = encode("304 Not Modified", age: age, hasBody: false)
    encodings = (age, full, notModified)
    return matches(ifNoneMatch) ? notModified : full
  }

  private func encode(_ status: String, age: Int, hasBody: Bool) -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 512 + (hasBody ? body.readableBytes : 0))
    bytes.writeString("HTTP/1.1 \(status)\r\n")
    for field in fields where hasBody || field.name != .contentType {
      bytes.writeString("\(field.name.rawName): \(field.value)\r\n")
    }
    bytes.writeString("age: \(age)\r\n")
    // RFC 9110, section 8.6: a 304 must not have a Content-Length other than the response's.
    if hasBody { bytes.writeString("content-length: \(body.readableBytes)\r\n") }
    bytes.writeStaticString("\r\n")
    if hasBody { bytes.writeImmutableBuffer(body) }
    return bytes
  }

  private static func opaqueTag(_ tag: String) -> String? {
    let text = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return nil }
    return String(text.dropFirst().dropLast())
  }
}
