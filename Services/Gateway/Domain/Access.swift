/// Who may ask for something at the ingress. The services judge again, by role and by whose it is.
enum Access: Hashable, Sendable {
  /// No token is needed.
  case `public`
  /// Anybody who is signed in.
  case authenticated
  case operatorOnly
  /// It isn't there for anybody outside.
  case internalOnly
}

/// One rule of the table: a method, the pattern of a path within a service, and who may ask.
struct RouteRule: Sendable {
  /// `nil` for every method.
  let method: String?
  /// `*` stands for one segment; a `**` at the end for all that follow.
  let pattern: [Substring]
  let access: Access
  /// Query parameters that make a batch read of it, which is for services only.
  let refusing: Set<String>
  /// Answers may take long by nature (a stream, a long poll): no place of the bounded ones is held meanwhile.
  let isLongLived: Bool
  /// The service honours an `Idempotency-Key` there: a request that has one may be sent twice.
  let isIdempotent: Bool

  init(
    _ method: String?, _ pattern: String, _ access: Access, refusing: Set<String> = [], isLongLived: Bool = false,
    isIdempotent: Bool = false
  ) {
    self.method = method
    self.pattern = pattern.split(separator: "/")
    self.access = access
    self.refusing = refusing
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

  /// `/orders/{id}/accept`: bounded by the code, so that it can label metrics.
  var label: String {
    pattern.reduce("") { $0 + "/" + ($1 == "*" ? "{id}" : $1 == "**" ? "…" : String($1)) }
  }
}

/// What the table says of a request.
struct RouteMatch: Hashable, Sendable {
  let service: String
  /// What the service is asked for, as it came: `/orders/x?y=z`.
  let target: String
  /// `/order/orders/{id}`.
  let label: String
  let access: Access
  let isLongLived: Bool
  let isIdempotent: Bool
}
