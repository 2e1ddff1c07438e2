/// The base URL of a service's instance, such as `http://127.0.0.1:8101`.
public struct ServiceAddress: Hashable, Sendable {
  public let url: String

  /// `nil` unless `url` begins with `http://` or `https://` and has a host; trailing slashes are dropped.
  public init?(_ url: some StringProtocol) {
    guard let scheme = ["http://", "https://"].first(where: { url.hasPrefix($0) }) else { return nil }
    var rest = url.dropFirst(scheme.count)
    while rest.last == "/" { rest = rest.dropLast() }
    guard let first = rest.first, first != ":", !rest.contains(where: { $0 == " " || $0 == "?" || $0 == "#" }) else { return nil }
    self.url = scheme + rest
  }
}

/// Finds the instances of a service by its name.
public protocol ServiceResolver: Sendable {
  /// The instances' addresses, at least one; called for each call, so they must be cached.
  /// - Throws: ``ServiceClientError`` with `.unresolved` for an unknown service.
  func addresses(of service: String) async throws -> [ServiceAddress]
}

/// Addresses that are known at start.
public struct StaticResolver: ServiceResolver {
  private let known: [String: [ServiceAddress]]

  public init(_ addresses: [String: ServiceAddress]) {
    known = addresses.mapValues { [$0] }
  }

  /// - Parameter instances: the instances of each service.
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
