import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ServiceClient

/// A request as it will reach a service, whichever instance that is.
struct UpstreamCall: Sendable {
  enum Body: Sendable {
    case none
    case whole(ByteBuffer)
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
    case .whole(let bytes): request.body = .bytes(bytes)
    case .stream(let pump, let length): request.body = .stream(pump, length: length.map { .known($0) } ?? .unknown)
    }
    return request
  }

  var pump: BodyPump? {
    if case .stream(let pump, _) = body { pump } else { nil }
  }

  /// Whether a second try can do no harm: one that never left always, one that may have been carried out by its method (RFC 9110, section
  /// 9.2.2) or its idempotency key, where the service looks at that. A streamed body can't be had twice.
  func mayBeRepeated(afterSending wasSent: Bool) -> Bool {
    if case .stream = body { return false }
    return !wasSent || [.GET, .HEAD, .PUT, .DELETE].contains(method) || isIdempotent && headers.contains(name: "Idempotency-Key")
  }
}
