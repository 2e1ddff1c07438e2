public import NIOCore
public import NIOHTTP1

/// A call to another service.
public struct ServiceRequest: Sendable {
  public var method: HTTPMethod
  /// Path and query, percent-encoded, beginning with `/`.
  public var path: String
  public var headers: HTTPHeaders
  public var body: ByteBuffer?
  /// Whether it is safe to retry: by its method (RFC 9110, section 9.2.2), or by an idempotency key that the service supports.
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

/// The response of another service, with any status below 500.
public struct ServiceResponse: Sendable {
  public var status: Int
  public var headers: HTTPHeaders
  public var body: ByteBuffer
  /// The age of a cached response that is returned while the service is unavailable; see
  /// ``ServiceClient/get(_:headers:staleFor:)``.
  public var staleAge: Duration?

  public init(status: Int, headers: HTTPHeaders, body: ByteBuffer, staleAge: Duration? = nil) {
    self.status = status
    self.headers = headers
    self.body = body
    self.staleAge = staleAge
  }

  public var isSuccess: Bool { (200..<300).contains(status) }
}
