import HTTPTypes
import Hummingbird
import NIOHTTP1
import ServiceContextModule
import Telemetry
import Web

/// Selects the header fields that the gateway forwards (RFC 9110, sections 7.6.1 and 7.6.3).
enum ForwardedFields {
  /// The request's fields for a service: without hop-by-hop fields and without those that only the gateway sets.
  /// `RequestFramingValidator` has removed the fields that `Connection` names.
  static func toService(_ request: Request, from caller: Caller, id: RequestID) -> HTTPHeaders {
    var headers = HTTPHeaders()
    headers.reserveCapacity(request.headers.count + 8)
    for field in request.headers {
      let name = field.name.canonicalName
      guard !hopByHop.contains(name), !gatewayOnly.contains(name) else { continue }
      headers.add(name: field.name.rawName, value: field.value)
    }
    headers.add(name: "X-Forwarded-For", value: caller.address.client)
    headers.add(name: "X-Forwarded-Proto", value: "http")
    if let host = request.head.authority, !host.isEmpty { headers.add(name: "X-Forwarded-Host", value: host) }
    headers.add(name: "Via", value: "1.1 \(pseudonym)")
    addRequestContext(to: &headers, id: id)
    return headers
  }

  /// Adds the request id and the trace context, which every call to a service has.
  static func addRequestContext(to headers: inout HTTPHeaders, id: RequestID) {
    headers.add(name: "X-Request-Id", value: id.description)
    let trace = ServiceContext.current?.trace?.child() ?? .root()
    headers.add(name: "traceparent", value: trace.traceparent)
  }

  /// A service's response fields for the client.
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

  /// Set by the gateway or absent: services trust these fields, so a client must not set them.
  private static let gatewayOnly: Set<String> = [
    "host", "expect", "content-length", "via", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
    "x-forwarded-port", "x-forwarded-prefix", "x-real-ip", "x-original-url", "x-rewrite-url", "x-http-method-override",
    "x-principal", "x-request-id", "x-request-deadline-ms", "traceparent", "tracestate",
  ]
}
