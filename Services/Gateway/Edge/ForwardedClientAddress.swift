import Web

/// Where a request comes from, as far as anybody can be believed.
///
/// Services hear it in `X-Forwarded-For` and nothing else: they believe the ingress, and need not know who stands in front of it.
struct ForwardedClientAddress: Hashable, Sendable {
  /// The client's own address.
  let client: String
  /// What a limit counts; see `IPAddress.network`.
  let limited: String

  /// - Parameters:
  ///   - peer: the other end of the connection.
  ///   - sent: the values of `X-Forwarded-For` that came, joined by commas.
  ///   - trusted: how many proxies of our own stand in front; what came before them anybody may have made up.
  init(peer: String, sent: String, trusted: Int) {
    // By its place alone: were what is no address left out, the entry before it would be believed, which is the client's own.
    let hop = sent.split(separator: ",", omittingEmptySubsequences: false).suffix(trusted).first
    let address = hop.flatMap { IPAddress(hop: $0) } ?? IPAddress(peer)
    client = address?.text ?? peer
    limited = address?.network ?? peer
  }
}
