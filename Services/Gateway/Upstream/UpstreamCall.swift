import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ServiceClient

/// A request to a service, independent of the instance.
struct UpstreamCall: Sendable {
  enum Body: Sendable {
    case none
    case buffered(ByteBuffer)
    case stream(BodyPump, length: Int64?)
  }

  var method: HTTPMethod
  /// The service's own target.
  var target: String
  var headers: HTTPHeaders
  var body: Body
  /// See ``RouteMatch/isLongLived``.
  var isLongLived = false
  /// See ``RouteMatch/isIdempotent``.
  var isIdempotent = false

  func request(to address: ServiceAddress) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: address.url + target)
    request.method = method
    request.headers = headers
    switch body {
    case .none: break
    case .buffered(let bytes): request.body = .bytes(bytes)
    case .stream(let pump, let length): request.body = .stream(pump, length: length.map { .known($0) } ?? .unknown)
    }
    return request
  }

  var pump: BodyPump? {
    if case .stream(let pump, _) = body { pump } else { nil }
  }

  /// Whether the call may be retried: always if it was not sent; otherwise if its method is idempotent (RFC 9110, section 9.2.2)
  /// or it has an idempotency key that the service honours. Never with a streamed body, which can be read only once.
  func isRetryable(afterSending wasSent: Bool) -> Bool {
    if case .stream = body { return false }
    return !wasSent || [.GET, .HEAD, .PUT, .DELETE].contains(method) || isIdempotent && headers.contains(name: "Idempotency-Key")
  }
}
