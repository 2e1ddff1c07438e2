import HTTPTypes
import NIOCore
import Web

/// A complete answer to a read, before it becomes a response of the routes or bytes of the fast path.
struct ReadAnswer: Sendable {
  var status: HTTPResponse.Status
  var headers: HTTPFields
  var body: ByteBuffer
  /// The keys in Redis that it was made from; an answer without them isn't kept.
  var dependencies: [String] = []
  /// What `If-None-Match` is compared with, without quotes, for answers that have versions.
  var entityTag: String?

  /// 200 with a JSON document.
  static func document(_ body: ByteBuffer, dependencies: [String], entityTag: String? = nil) -> ReadAnswer {
    // A second of age leaves two of the three that are promised; after it a copy must be validated, which costs us 304 and no body.
    var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "public, max-age=1, must-revalidate"]
    if let entityTag { headers[.eTag] = "\"\(entityTag)\"" }
    return ReadAnswer(status: .ok, headers: headers, body: body, dependencies: dependencies, entityTag: entityTag)
  }

  /// The document of a problem, as the routes show it.
  static func problem(_ problem: Problem) -> ReadAnswer {
    var headers = problem.headers
    headers[.contentType] = Problem.contentType
    headers[.cacheControl] = "no-store"
    return ReadAnswer(status: problem.status, headers: headers, body: problem.body())
  }

  /// 304 if the client has this version, by the value of its `If-None-Match`.
  func conditional(on ifNoneMatch: String?) -> ReadAnswer {
    guard let entityTag, let ifNoneMatch, let condition = EntityTagCondition(ifNoneMatch),
      condition.matches(opaque: entityTag)
    else { return self }
    var headers = headers
    headers[.contentType] = nil
    return ReadAnswer(status: .notModified, headers: headers, body: ByteBuffer())
  }

  /// The response in the bytes of HTTP/1.1.
  func encoded() -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 256 + body.readableBytes)
    bytes.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
    for field in headers {
      bytes.writeString("\(field.name.rawName): \(field.value)\r\n")
    }
    // RFC 9110, section 8.6: a 304 must not claim a length that isn't the document's.
    if status != .notModified { bytes.writeString("content-length: \(body.readableBytes)\r\n") }
    bytes.writeStaticString("\r\n")
    bytes.writeImmutableBuffer(body)
    return bytes
  }
}
