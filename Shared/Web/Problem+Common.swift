public import Contracts
public import HTTPTypes
import Telemetry

extension Problem {
  /// 400: a part of the request line or a header is malformed.
  public static func badRequest(_ code: String, _ detail: String) -> Problem {
    Problem(.badRequest, code: code, detail: detail)
  }

  /// 400 `invalid_id`.
  public static func invalidID(_ name: String) -> Problem {
    Problem(.badRequest, code: "invalid_id", detail: "\(name) is not a UUID")
  }

  /// 400 `invalid_query`: a query parameter has an invalid value.
  public static func invalidQuery(_ name: String, _ detail: String) -> Problem {
    Problem(.badRequest, code: "invalid_query", detail: "query parameter \(name) \(detail)")
  }

  /// 400 `bad_cursor`.
  public static let badCursor = Problem(
    .badRequest, code: "bad_cursor", detail: "cursor is not one of this list; start again without it")

  /// 403 `forbidden`.
  public static func forbidden(_ detail: String) -> Problem {
    Problem(.forbidden, code: "forbidden", detail: detail)
  }

  /// 404; `code` names what was not found, such as `shop_not_found`.
  public static func notFound(_ code: String = "not_found", _ detail: String? = nil) -> Problem {
    Problem(.notFound, code: code, detail: detail)
  }

  /// 405 with `Allow`.
  public static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
    let names = allowed.map(\.rawValue).joined(separator: ", ")
    return Problem(
      .methodNotAllowed, code: "method_not_allowed", detail: "this resource supports \(names)", headers: [.allow: names])
  }

  /// 409: the resource's state doesn't allow it.
  public static func conflict(_ code: String, _ detail: String) -> Problem {
    Problem(.conflict, code: code, detail: detail)
  }

  /// 410 `gone`: it existed and was deleted.
  public static func gone(_ detail: String? = nil) -> Problem {
    Problem(.gone, code: "gone", detail: detail)
  }

  /// 412 `version_mismatch`, with the current version's `ETag` where it is known.
  public static func versionMismatch(current version: Int64?) -> Problem {
    Problem(
      .preconditionFailed, code: "version_mismatch",
      detail: version.map { "the current version is \($0)" } ?? "the version in If-Match is not the current one",
      headers: version.map { [.eTag: EntityTag(version: $0).text] } ?? [:])
  }

  /// 413 `body_too_large`.
  public static func bodyTooLarge(limit: Int) -> Problem {
    Problem(.contentTooLarge, code: "body_too_large", detail: "the body may have at most \(limit) bytes")
  }

  /// 415 `unsupported_media_type`.
  public static let unsupportedMediaType = Problem(
    .unsupportedMediaType, code: "unsupported_media_type", detail: "the body must be application/json",
    headers: [.accept: "application/json"])

  /// 400 `malformed_json`.
  public static func malformedJSON(_ detail: String) -> Problem {
    Problem(.badRequest, code: "malformed_json", detail: detail)
  }

  /// 422 `invalid_body`: the JSON is well formed, but its members are invalid.
  public static func invalidBody(_ errors: [FieldError]) -> Problem {
    Problem(
      .unprocessableContent, code: "invalid_body",
      detail: errors.first.map { $0.pointer.isEmpty ? "the body \($0.detail)" : "\($0.pointer) \($0.detail)" }, errors: errors)
  }

  /// - Throws: 422 `invalid_body` with all `errors`, if there are any.
  public static func check(_ errors: [FieldError]) throws(Problem) {
    if !errors.isEmpty { throw .invalidBody(errors) }
  }

  /// - Throws: 422 `invalid_body` with the error, if there is one.
  public static func check(_ error: FieldError?) throws(Problem) {
    if let error { throw .invalidBody([error]) }
  }

  /// 422 `idempotency_key_reused`.
  public static let idempotencyKeyReused = Problem(
    .unprocessableContent, code: "idempotency_key_reused",
    detail: "the Idempotency-Key was used before, for a different request")

  /// 503 `unavailable` with `Retry-After`, in whole seconds.
  public static func unavailable(_ detail: String, retryAfterSeconds: Int = 1) -> Problem {
    Problem(
      .serviceUnavailable, code: "unavailable", detail: detail, headers: [.retryAfter: String(max(0, retryAfterSeconds))])
  }

  /// 504 `deadline_exceeded`: the caller has stopped waiting.
  public static let deadlineExceeded = Problem(
    .gatewayTimeout, code: "deadline_exceeded", detail: "the deadline in \(DeadlineHeader.name) has passed")

  /// 500 `internal_error`, without the cause, which is in the log under the same trace id.
  public static let internalError = Problem(
    .internalServerError, code: "internal_error", detail: "an internal error occurred; its cause is logged under the trace id")

  /// The problem for a status without a more specific one.
  static func generic(_ status: HTTPResponse.Status, headers: HTTPFields) -> Problem {
    let code =
      switch status.code {
      case 404: "not_found"
      case 413: "body_too_large"
      case 500: "internal_error"
      default: status.reasonPhrase.isEmpty ? "error" : String(status.reasonPhrase.lowercased().map { $0 == " " ? "_" : $0 })
      }
    var headers = headers
    headers[.contentLength] = nil
    return Problem(status, code: code, headers: headers)
  }
}
