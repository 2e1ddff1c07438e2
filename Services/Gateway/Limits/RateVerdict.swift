import HTTPTypes
import Web

/// Whether a request is within its limit, and what its client is told of it.
struct RateVerdict: Hashable, Sendable {
  var isAllowed: Bool
  let rule: RateRule
  /// Tokens that are left.
  var remaining: Int
  /// Milliseconds until the bucket is full again.
  var reset: Int64
  /// Milliseconds until one more is allowed.
  var wait: Int64

  /// `RateLimit-Limit`, `-Remaining`, `-Reset` (draft-ietf-httpapi-ratelimit-headers-06).
  var fields: HTTPFields {
    [
      .rateLimitLimit: "\(rule.burst)", .rateLimitRemaining: "\(max(0, remaining))",
      .rateLimitReset: "\(max(0, (reset + 999) / 1000))",
    ]
  }

  /// The one of two that is nearer to its end.
  func tighter(than other: RateVerdict?) -> RateVerdict {
    guard let other else { return self }
    return remaining * other.rule.burst <= other.remaining * rule.burst ? self : other
  }

  /// 429 `too_many_requests`.
  var problem: Problem {
    var headers = fields
    headers[.retryAfter] = "\(max(1, (wait + 999) / 1000))"
    return Problem(
      .tooManyRequests, code: "too_many_requests",
      detail: "more than \(rule.perSecond) requests a second were made; try again later", headers: headers)
  }
}

extension HTTPField.Name {
  static let rateLimitLimit = HTTPField.Name("RateLimit-Limit")!
  static let rateLimitRemaining = HTTPField.Name("RateLimit-Remaining")!
  static let rateLimitReset = HTTPField.Name("RateLimit-Reset")!
}
