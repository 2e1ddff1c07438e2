public import Logging
public import Redis
public import ServiceClient

/// The location of a service in a setting: `http://host:port`, `dns://name:port`, or `registry://service`.
public enum ServiceLocation: Hashable, Sendable {
  case address(ServiceAddress)
  /// Every address of the name is an instance.
  case dns(host: String, port: Int)
  /// Where the instances have registered themselves.
  case registry(service: String)

  /// `nil` for a text of any other form.
  public init?(_ text: String) {
    if let address = ServiceAddress(text) {
      self = .address(address)
      return
    }
    let parts = text.split(separator: "://", maxSplits: 1)
    guard parts.count == 2, parts[1].utf8.allSatisfy(Self.isNamePart) else { return nil }
    switch parts[0] {
    case "dns":
      let name = parts[1].split(separator: ":", omittingEmptySubsequences: false)
      guard name.count == 2, !name[0].isEmpty, let port = Int(name[1]), (1...65_535).contains(port) else { return nil }
      self = .dns(host: String(name[0]), port: port)
    case "registry":
      guard !parts[1].contains(":") else { return nil }
      self = .registry(service: String(parts[1]))
    default: return nil
    }
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"): true
    default: false
    }
  }

  /// A resolver of the service for the name `name`.
  /// - Parameter redis: the `events` server.
  /// - Returns: `nil` for a registry location without a Redis client.
  public func resolver(for name: String, redis: RedisClient?, logger: Logger) -> (any ServiceResolver)? {
    switch self {
    case .address(let address): StaticResolver([name: address])
    case .dns(let host, let port): DNSResolver(host: host, port: port, logger: logger)
    case .registry(let service):
      redis.map { RenamingResolver(base: RegistryResolver(redis: $0, logger: logger), service: service) }
    }
  }
}
