public import Contracts
public import HTTPTypes
public import Hummingbird
import JSON
import NIOCore
import ServiceContextModule
import Telemetry

/// An error that a client sees, as `application/problem+json` (RFC 9457).
///
/// Thrown by routes. `code` is stable and for programs; `detail` is for people; `errors` list the invalid parts of the body or
/// the query.
/// `type` is `urn:baedal:problem:<code>` and `title` the status's reason phrase.
public struct Problem: Error, Sendable, Equatable {
  public var status: HTTPResponse.Status
  public var code: String
  public var detail: String?
  public var errors: [FieldError]
  /// Header fields of the response in addition to `Content-Type`, such as `Retry-After`.
  public var headers: HTTPFields

  public init(
    _ status: HTTPResponse.Status, code: String, detail: String? = nil, errors: [FieldError] = [], headers: HTTPFields = [:]
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.errors = errors
    self.headers = headers
  }

  /// `application/problem+json`.
  public static let contentType = "application/problem+json"

  /// The document, with the id of the current trace as `traceId`, by which the log lines are found.
  public func body() -> ByteBuffer {
    var json = JSONText()
    json.beginObject()
    json.add("type", "urn:baedal:problem:\(code)")
    json.add("title", status.reasonPhrase)
    json.add("status", Int64(status.code))
    json.add("code", code)
    if let detail { json.add("detail", detail) }
    if !errors.isEmpty {
      json.key("errors")
      json.beginArray()
      for error in errors {
        json.beginObject()
        json.add("pointer", error.pointer)
        json.add("detail", error.detail)
        json.endObject()
      }
      json.endArray()
    }
    if let trace = ServiceContext.current?.trace { json.add("traceId", trace.traceID) }
    json.endObject()
    return json.buffer
  }

  /// The response with this problem.
  public func response() -> Response {
    var headers = headers
    headers[.contentType] = Self.contentType
    headers[.cacheControl] = "no-store"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body()))
  }
}

/// An error that routes may throw, because it has a problem document.
public protocol ProblemConvertible: HTTPResponseError {
  var problem: Problem { get }
}

extension ProblemConvertible {
  public var status: HTTPResponse.Status { problem.status }

  public func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }
}

extension Problem: ProblemConvertible {
  public var problem: Problem { self }
}
