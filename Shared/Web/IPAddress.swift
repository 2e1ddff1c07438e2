import NIOCore

/// An IP address in canonical form, and the unit that limits apply to.
public struct IPAddress: Hashable, Sendable {
  /// The canonical text; of an IPv4 address mapped into IPv6, as from a dual-stack listener, the IPv4 address (RFC 4291, section
  /// 2.5.5.2).
  public let text: String
  /// An IPv4 address, or the /64 network of an IPv6 address, because one client usually has the whole network.
  public let network: String

  public init?(_ text: String) {
    // A zone (`fe80::1%eth0`) would be looked up among the machine's interfaces.
    guard !text.utf8.contains(UInt8(ascii: "%")), let address = try? SocketAddress(ipAddress: text, port: 0),
      let written = address.ipAddress
    else { return nil }
    switch address {
    case .v4:
      self.text = written
      network = written
    case .v6(let v6):
      // In `sockaddr_in6` the address follows 8 bytes of family, port and flow.
      let bytes = withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }
      if bytes.starts(with: Self.mapped) {
        let dotted = bytes[12...].map { "\($0)" }.joined(separator: ".")
        self.text = dotted
        network = dotted
      } else {
        self.text = written
        network = bytes == Self.loopback ? written : Self.network(of: bytes)
      }
    case .unixDomainSocket: return nil
    }
  }

  /// Parses an entry of `X-Forwarded-For`, to which some proxies add the port: `192.0.2.1:443`, `[2001:db8::1]:443`.
  public init?(hop: Substring) {
    let words = hop.split { $0 == " " || $0 == "\t" }
    guard let entry = words.first, words.count == 1 else { return nil }
    if entry.first == "[", let end = entry.firstIndex(of: "]") {
      self.init(String(entry[..<end].dropFirst()))
    } else {
      let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
      self.init(String(parts.count == 2 ? parts[0] : entry))
    }
  }

  /// `2001:db8:1:2::/64`
  private static func network(of bytes: [UInt8]) -> String {
    let groups = stride(from: 0, to: 8, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    let end = groups.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    return groups[..<end].map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
  }

  private static let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
  private static let loopback = [UInt8](repeating: 0, count: 15) + [1]
}
