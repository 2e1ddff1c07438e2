public import NIOCore
public import NIOHTTP1

/// A call to another service.
public struct ServiceRequest: Sendable {
  public var method: HTTPMethod
  /// With its query, percent-encoded, beginning with `/`.
  public var path: String
  public var headers: HTTPHeaders
  public var body: ByteBuffer?
  /// Whether a second try can do no harm: by the method (RFC 9110, section 9.2.2), or by an idempotency key that the other side honours.
  public var isIdempotent: Bool

  public init(
    _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: ByteBuffer? = nil, isIdempotent: Bool? = nil
  ) {
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
    self.isIdempotent =
      isIdempotent ?? ([.GET, .HEAD, .PUT, .DELETE].contains(method) || headers.contains(name: "Idempotency-Key"))
  }
}

/// What another service answered; any status below 500.
public struct ServiceResponse: Sendable {
  public var status: Int
  public var headers: HTTPHeaders
  public var body: ByteBuffer
  /// How long ago it was given, if it is an old one that stands in for one that can't be had; see ``ServiceClient/get(_:headers:staleFor:)``.
  public var staleAge: Duration?

  public init(status: Int, headers: HTTPHeaders, body: ByteBuffer, staleAge: Duration? = nil) {
    self.status = status
    self.headers = headers
    self.body = body
    self.staleAge = staleAge
  }

  public var isSuccess: Bool { (200..<300).contains(status) }
}
