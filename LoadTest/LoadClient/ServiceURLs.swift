import ServiceCatalogue

/// The services' addresses: each service's own, or all behind the gateway.
public struct ServiceURLs: Sendable {
  /// Whether requests go to the services or through the gateway.
  public enum Route: String, Sendable, CaseIterable {
    case direct, gateway
  }

  public let route: Route
  let environment: [String: String]

  /// - Parameter environment: `SHOP_URL`, `ORDER_HISTORY_URL`… and `GATEWAY_URL`; the default is the local stack's address.
  public init(_ environment: [String: String], through route: Route = .direct) {
    (self.environment, self.route) = (environment, route)
  }

  /// The address of a service, by its executable's name: `http://127.0.0.1:8102` or `http://127.0.0.1:8080/order`.
  public subscript(service: String) -> String {
    route == .direct ? own(service) : "\(own("gateway"))/\(service)"
  }

  /// A client of a service; through the gateway, which limits the request rate, it polls less often.
  public func client(of service: String, _ connections: HTTPConnections) -> RESTClient {
    RESTClient(baseURL: self[service], connections: connections, pause: .milliseconds(route == .direct ? 1 : 20))
  }

  private func own(_ service: String) -> String {
    let name = service.uppercased().map { $0 == "-" ? "_" : String($0) }.joined() + "_URL"
    let url =
      environment[name].flatMap { $0.isEmpty ? nil : $0 } ?? "http://127.0.0.1:\(ServiceCatalogue.standard[service]?.port ?? 0)"
    return url.hasSuffix("/") ? String(url.dropLast()) : url
  }
}
