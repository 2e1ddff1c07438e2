import HTTPTypes
import Web

/// Whether a request is within its rate limit, and the state of the bucket for the response.
struct RateVerdict: Hashable, Sendable {
  var isAllowed: Bool
  let rule: RateRule
  /// Tokens left.
  var remaining: Int
  /// Milliseconds until the bucket is full.
  var reset: Int64
  /// Milliseconds until the next token.
  var wait: Int64

  /// `RateLimit-Limit`, `-Remaining`, `-Reset` (draft-ietf-httpapi-ratelimit-headers-06).
  var fields: HTTPFields {
    [
      .rateLimitLimit: "\(rule.burst)", .rateLimitRemaining: "\(max(0, remaining))",
      .rateLimitReset: "\(max(0, (reset + 999) / 1000))",
    ]
  }

  /// The one that is closer to exhaustion.
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
      detail: "the limit of \(rule.perSecond) requests per second is exceeded; retry later", headers: headers)
  }
}

extension HTTPField.Name {
  static let rateLimitLimit = HTTPField.Name("RateLimit-Limit")!
  static let rateLimitRemaining = HTTPField.Name("RateLimit-Remaining")!
  static let rateLimitReset = HTTPField.Name("RateLimit-Reset")!
}
