import HTTPTypes
import Hummingbird
import NIOHTTP1
import ServiceContextModule
import Telemetry
import Web

/// What of a message's fields goes on to the other side (RFC 9110, sections 7.6.1 and 7.6.3).
enum ForwardedFields {
  /// The request's fields as a service gets them: without what belongs to the client's connection, and without whatever only we may say. What
  /// `Connection` names has been dropped by ``RequestFramingValidator``.
  static func toService(_ request: Request, from caller: Caller, id: RequestID) -> HTTPHeaders {
    var headers = HTTPHeaders()
    headers.reserveCapacity(request.headers.count + 8)
    for field in request.headers {
      let name = field.name.canonicalName
      guard !hopByHop.contains(name), !ours.contains(name) else { continue }
      headers.add(name: field.name.rawName, value: field.value)
    }
    headers.add(name: "X-Forwarded-For", value: caller.address.client)
    headers.add(name: "X-Forwarded-Proto", value: "http")
    if let host = request.head.authority, !host.isEmpty { headers.add(name: "X-Forwarded-Host", value: host) }
    headers.add(name: "Via", value: "1.1 \(pseudonym)")
    addOwn(to: &headers, id: id)
    return headers
  }

  /// What every call to a service says of the request that it is made for.
  static func addOwn(to headers: inout HTTPHeaders, id: RequestID) {
    headers.add(name: "X-Request-Id", value: id.description)
    let trace = ServiceContext.current?.trace?.child() ?? .root()
    headers.add(name: "traceparent", value: trace.traceparent)
  }

  /// A service's fields as the client gets them.
  static func toClient(_ headers: HTTPHeaders) -> HTTPFields {
    var fields = HTTPFields()
    fields.reserveCapacity(headers.count + 4)
    let named = Set(headers[canonicalForm: "Connection"].map { $0.lowercased() })
    for (name, value) in headers {
      guard let name = HTTPField.Name(name), !hopByHop.contains(name.canonicalName), !named.contains(name.canonicalName),
        name.canonicalName != "traceparent"
      else { continue }
      fields.append(HTTPField(name: name, value: value))
    }
    fields.append(HTTPField(name: .via, value: "1.1 \(pseudonym)"))
    return fields
  }

  static let pseudonym = "baedal"

  private static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "http2-settings",
  ]

  /// Said by us or not at all: a client's word for these would be believed behind the ingress.
  private static let ours: Set<String> = [
    "host", "expect", "content-length", "via", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
    "x-forwarded-port", "x-forwarded-prefix", "x-real-ip", "x-original-url", "x-rewrite-url", "x-http-method-override",
    "x-principal", "x-request-id", "x-request-deadline-ms", "traceparent", "tracestate",
  ]
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("X-Request-Id")!
  static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}
