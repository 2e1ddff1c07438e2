/// Where a request comes from, as far as anybody can be believed.
///
/// Services hear it in `X-Forwarded-For` and nothing else: they believe the door, and need not know who stands in front of it.
struct ClientAddress: Hashable, Sendable {
  /// The client's own address.
  let client: String
  /// - Parameters:
  ///   - peer: the other end of the connection.
  ///   - sent: the values of `X-Forwarded-For` that came, joined by commas.
  ///   - trusted: how many proxies of our own stand in front; what came before them anybody may have made up.
  init(peer: String, sent: String, trusted: Int) {
    guard trusted > 0 else {
      client = peer
      return
    }
    let hops = sent.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }.filter(Self.isAddress) + [peer]
    client = hops.suffix(trusted + 1).first ?? peer
  }

  /// What a limit counts: an IPv4 address, or the /64 of an IPv6 address, which is one customer's.
  var limited: String {
    guard client.contains(":") else { return client }
    let groups = client.split(separator: ":", omittingEmptySubsequences: false).prefix(4)
    return groups.prefix { !$0.isEmpty }.joined(separator: ":") + "::/64"
  }

  private static func isAddress(_ text: String) -> Bool {
    (2...45).contains(text.utf8.count) && text.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
  }
}
