import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// Tells where a request came from, as far as attempts are limited by it.
///
/// That is the peer of the connection. `X-Forwarded-For` is anybody's to write, so it is only believed of a peer that is known as a proxy, and
/// of that only the last entry: the address that the proxy itself saw.
struct TrustedClientAddress: Sendable {
  private var proxies: Set<IPAddress> = []
  private var networks: [IPv4Network] = []

  /// Reads addresses and IPv4 networks (`172.16.0.0/12`) between commas.
  /// - Returns: `nil` unless each of them is one.
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

  /// - Parameter forwarded: the values of `X-Forwarded-For`, a list over all of them.
  func of(peer: String, forwarded: [String]) -> String {
    guard let peer = IPAddress(peer) else { return "unknown" }
    guard proxies.contains(peer) || networks.contains(where: { $0.contains(peer.text) }),
      let last = forwarded.last?.split(separator: ",", omittingEmptySubsequences: false).last
    else { return peer.network }
    return (IPAddress(hop: last) ?? peer).network
  }
}

/// The addresses that begin with the same bits.
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
