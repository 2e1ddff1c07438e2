import HTTPTypes
import Web

extension Problem {
  /// 413 `body_too_large`; the connection is closed, because the rest of the body is still in transit.
  static func bodyOverLimit(_ limit: Int) -> Problem {
    Problem(
      .contentTooLarge, code: "body_too_large", detail: "the body may have at most \(limit) bytes",
      headers: [.connection: "close"])
  }

  /// 503 `overloaded`, before any work is done.
  static let overloaded = Problem(
    .serviceUnavailable, code: "overloaded", detail: "too many requests are in flight; retry later",
    headers: [.retryAfter: "1"])

  /// 429 `too_many_streams`; other requests of the caller are not affected.
  static let tooManyStreams = Problem(
    .tooManyRequests, code: "too_many_streams", detail: "too many event streams and long polls are open; close one",
    headers: [.retryAfter: "1"])
}
