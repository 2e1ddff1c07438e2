/// Where a service is: the beginning of its URLs, such as `http://127.0.0.1:8101`.
public struct ServiceAddress: Hashable, Sendable {
  public let url: String

  /// `nil` unless `url` begins with `http://` or `https://` and has a host; slashes at its end are dropped.
  public init?(_ url: some StringProtocol) {
    guard let scheme = ["http://", "https://"].first(where: { url.hasPrefix($0) }) else { return nil }
    var rest = url.dropFirst(scheme.count)
    while rest.last == "/" { rest = rest.dropLast() }
    guard let first = rest.first, first != ":", !rest.contains(where: { $0 == " " || $0 == "?" || $0 == "#" }) else { return nil }
    self.url = scheme + rest
  }
}

/// Finds the instances of services by the service's name.
public protocol ServiceResolver: Sendable {
  /// Where the instances are, at least one; answered from memory after the first time, for every call asks.
  /// - Throws: ``ServiceClientError`` with `.unresolved` when nobody knows where the service is.
  func addresses(of service: String) async throws -> [ServiceAddress]
}

/// Addresses that are known at start.
public struct StaticResolver: ServiceResolver {
  private let known: [String: [ServiceAddress]]

  public init(_ addresses: [String: ServiceAddress]) {
    known = addresses.mapValues { [$0] }
  }

  /// - Parameter instances: for each service its instances.
  public init(instances: [String: [ServiceAddress]]) {
    known = instances
  }

  public func addresses(of service: String) async throws -> [ServiceAddress] {
    guard let addresses = known[service], !addresses.isEmpty else {
      throw ServiceClientError(service: service, code: .unresolved, detail: "no address is configured")
    }
    return addresses
  }
}
