/// One row of the route table: a method, the pattern of a path within a service, and the permitted callers.
struct RouteRule: Sendable {
  /// `nil` for every method.
  let method: String?
  /// `*` matches one segment; a final `**` all that follow.
  let pattern: [Substring]
  let access: Access
  /// Query parameters that make the request a batch read, which is internal.
  let internalParameters: Set<String>
  /// An event stream or a long poll: it has a longer deadline and a concurrency limit of its own.
  let isLongLived: Bool
  /// The service honours an `Idempotency-Key`: a request that has one may be retried.
  let isIdempotent: Bool

  init(
    _ method: String?, _ pattern: String, _ access: Access, internalParameters: Set<String> = [], isLongLived: Bool = false,
    isIdempotent: Bool = false
  ) {
    self.method = method
    self.pattern = pattern.split(separator: "/")
    self.access = access
    self.internalParameters = internalParameters
    self.isLongLived = isLongLived
    self.isIdempotent = isIdempotent
  }

  func matches(_ method: String, _ segments: ArraySlice<String>) -> Bool {
    guard self.method == nil || self.method == method || self.method == "GET" && method == "HEAD" else { return false }
    if pattern.last == "**" {
      guard segments.count >= pattern.count - 1 else { return false }
    } else {
      guard segments.count == pattern.count else { return false }
    }
    return zip(pattern, segments).allSatisfy { $0 == "**" || $0 == "*" || $0 == $1 }
  }

  /// `/orders/{id}/accept`: of bounded cardinality, for metrics.
  var label: String {
    pattern.reduce("") { $0 + "/" + ($1 == "*" ? "{id}" : $1 == "**" ? "…" : String($1)) }
  }
}

/// The result of a lookup in the route table.
struct RouteMatch: Hashable, Sendable {
  let service: String
  /// The service's own target, unchanged: `/orders/x?y=z`.
  let target: String
  /// `/order/orders/{id}`.
  let label: String
  let access: Access
  let isLongLived: Bool
  let isIdempotent: Bool
}
