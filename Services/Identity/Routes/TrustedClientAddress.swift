import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// Determines the client address that attempts are limited by.
///
/// It is the peer of the connection. Clients can forge `X-Forwarded-For`, so it is used only if the peer is a trusted proxy, and then only
/// its last entry, which the proxy appended.
struct TrustedClientAddress: Sendable {
  private var proxies: Set<IPAddress> = []
  private var networks: [IPv4Network] = []

  /// Reads a comma-separated list of addresses and IPv4 networks (`172.16.0.0/12`); `nil` if an entry is neither.
  init?(trustedProxies text: String) {
    for entry in text.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }).map(String.init) {
      if let address = IPAddress(entry) {
        proxies.insert(address)
      } else if let network = IPv4Network(entry) {
        networks.append(network)
      } else {
        return nil
      }
    }
  }

  func of(_ request: Request, _ context: ServiceRequestContext) -> String {
    of(peer: context.channel.remoteAddress?.ipAddress ?? "", forwarded: request.headers[values: .forwardedFor])
  }

  /// - Parameter forwarded: the values of all `X-Forwarded-For` fields, which together are one list.
  func of(peer: String, forwarded: [String]) -> String {
    guard let peer = IPAddress(peer) else { return "unknown" }
    guard proxies.contains(peer) || networks.contains(where: { $0.contains(peer.text) }),
      let last = forwarded.last?.split(separator: ",", omittingEmptySubsequences: false).last
    else { return peer.network }
    return (IPAddress(hop: last) ?? peer).network
  }
}

/// An IPv4 network in CIDR notation.
private struct IPv4Network {
  private let base: UInt32
  private let mask: UInt32

  /// Reads `172.16.0.0/12`.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let bits = UInt32(parts[1]), bits <= 32, let base = Self.number(String(parts[0])) else { return nil }
    mask = bits == 0 ? 0 : ~0 << (32 - bits)
    self.base = base & mask
  }

  func contains(_ address: String) -> Bool {
    Self.number(address).map { $0 & mask == base } ?? false
  }

  private static func number(_ text: String) -> UInt32? {
    let bytes = text.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
    return bytes.count == 4 ? bytes.reduce(0) { $0 << 8 | UInt32($1) } : nil
  }
}

extension HTTPField.Name {
  fileprivate static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}
