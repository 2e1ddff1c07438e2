import HTTPTypes
import NIOCore
import Web

/// The complete response to a read, sent by the routes or, encoded, by the fast path.
struct ReadResponse: Sendable {
  var status: HTTPResponse.Status
  var headers: HTTPFields
  var body: ByteBuffer
  /// The Redis keys that it depends on; a response without any is not cached.
  var dependencies: [String] = []
  /// The entity tag without quotes; `nil` if the representation has no version.
  var entityTag: String?

  /// 200 with a JSON document.
  static func document(_ body: ByteBuffer, dependencies: [String], entityTag: String? = nil) -> ReadResponse {
    // Changes must be visible within 3 s; an age of 1 s leaves 2 s to the projection. Revalidation is cheap: a 304 without a
    // body.
    var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "public, max-age=1, must-revalidate"]
    if let entityTag { headers[.eTag] = "\"\(entityTag)\"" }
    return ReadResponse(status: .ok, headers: headers, body: body, dependencies: dependencies, entityTag: entityTag)
  }

  /// The same response that the routes send for a thrown problem.
  static func problem(_ problem: Problem) -> ReadResponse {
    var headers = problem.headers
    headers[.contentType] = Problem.contentType
    headers[.cacheControl] = "no-store"
    return ReadResponse(status: problem.status, headers: headers, body: problem.body())
  }

  /// 304 if the field value of `If-None-Match` matches, otherwise the response itself.
  func conditional(on ifNoneMatch: String?) -> ReadResponse {
    guard let entityTag, let ifNoneMatch, let condition = EntityTagCondition(ifNoneMatch),
      condition.matches(opaque: entityTag)
    else { return self }
    var headers = headers
    headers[.contentType] = nil
    return ReadResponse(status: .notModified, headers: headers, body: ByteBuffer())
  }

  /// The response as an HTTP/1.1 message.
  func encoded() -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 256 + body.readableBytes)
    bytes.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
    for field in headers {
      bytes.writeString("\(field.name.rawName): \(field.value)\r\n")
    }
    // RFC 9110, section 8.6: the Content-Length of a 304 would have to be that of the 200 response.
    if status != .notModified { bytes.writeString("content-length: \(body.readableBytes)\r\n") }
    bytes.writeStaticString("\r\n")
    bytes.writeImmutableBuffer(body)
    return bytes
  }
}
