import JSON
import HTTPTypes
public import Hummingbird
public import NIOCore
import NIOHTTP1

extension Request {
  /// The whole body, at most `context.maxUploadSize` bytes.
  /// - Throws: 413 `body_too_large`; 400 `malformed_request` when the body violates HTTP's framing.
  public func bytes(_ context: some RequestContext) async throws -> ByteBuffer {
    let limit = context.maxUploadSize
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Problem.bodyTooLarge(limit: limit) }
    do {
      return try await body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw Problem.bodyTooLarge(limit: limit)
    } catch is HTTPParserError {
      throw Problem.malformedRequest
    }
  }

  /// The body as JSON bytes: as ``bytes(_:)``, after checking `Content-Type`.
  /// - Throws: 415 `unsupported_media_type` unless the type is `application/json` or ends in `+json`; a missing type is accepted.
  public func jsonBytes(_ context: some RequestContext) async throws -> ByteBuffer {
    if let type = headers[.contentType], !Self.isJSON(type) { throw Problem.unsupportedMediaType }
    return try await bytes(context)
  }

  /// The body decoded by ``StrictJSON``.
  /// - Throws: ``Problem``: 413, 415, 400 `malformed_json`, 422 `invalid_body`.
  // Never inlined: with it inside, Swift 6.3.1 crashes when it optimizes the calling route.
  @inline(never)
  public func json<T: Decodable>(_ type: T.Type, _ context: some RequestContext) async throws -> T {
    try StrictJSON.decode(type, from: await jsonBytes(context))
  }

  static func isJSON(_ contentType: String) -> Bool {
    if contentType == "application/json" { return true }
    let media = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
    return media == "application/json" || media.hasPrefix("application/") && media.hasSuffix("+json")
  }
}

extension Problem {
  /// 400 `malformed_request`: not HTTP by RFC 9112. The connection is closed, because the next request can't be located.
  public static let malformedRequest = Problem(
    .badRequest, code: "malformed_request", detail: "the request is not well-formed HTTP", headers: [.connection: "close"])

  /// 431 `headers_too_large`. The connection is closed.
  public static let headersTooLarge = Problem(
    .requestHeaderFieldsTooLarge, code: "headers_too_large",
    detail: "the request line and headers may have at most \(WebConfiguration.maximumHeaderBytes) bytes",
    headers: [.connection: "close"])
}
