import Auth
import HTTPTypes
import Web

extension Problem {
  /// 413 `body_too_large`; the connection is closed, for the rest of the body is still on its way.
  static func bodyOverLimit(_ limit: Int) -> Problem {
    Problem(
      .contentTooLarge, code: "body_too_large", detail: "the body may have at most \(limit) bytes",
      headers: [.connection: "close"])
  }

  /// 408 `request_timeout`: the body came too slowly.
  static let bodyTooSlow = Problem(
    .requestTimeout, code: "request_timeout", detail: "the body did not come in time", headers: [.connection: "close"])

  /// 405 for methods that no service takes; the connection is closed.
  static let methodNotTaken = Problem(
    .methodNotAllowed, code: "method_not_allowed", detail: "GET, HEAD, POST, PUT, PATCH and DELETE are taken here",
    headers: [.allow: "GET, HEAD, POST, PUT, PATCH, DELETE", .connection: "close"])

  /// 417: `Expect` may only say `100-continue` (RFC 9110, section 10.1.1).
  static let expectationNotMet = Problem(
    .expectationFailed, code: "expectation_failed", detail: "the only expectation that is met here is 100-continue",
    headers: [.connection: "close"])

  /// 503 `overloaded`, said before any work is done.
  static let overloaded = Problem(
    .serviceUnavailable, code: "overloaded", detail: "too many requests are under way; try again",
    headers: [.retryAfter: "1"])

  /// 429 `too_many_streams`: other requests of the account are not concerned.
  static let tooManyStreams = Problem(
    .tooManyRequests, code: "too_many_streams", detail: "too many event streams and long polls of yours are under way; end one",
    headers: [.retryAfter: "1"])

  /// 401 `invalid_token` for what is no bearer token at all.
  static let tokenInvalid = Problem(AuthenticationError(.invalid, "no bearer token"))
}
