import HTTPTypes
import Web

/// The client address of a request, from the trusted entries of `X-Forwarded-For` or from the connection.
///
/// The gateway sends only this address to services in `X-Forwarded-For`; they need not know the proxies in front of it.
struct ForwardedClientAddress: Hashable, Sendable {
  /// The client's own address.
  let client: String
  /// The unit of rate limits; see `IPAddress.network`.
  let network: String

  /// - Parameters:
  ///   - peer: the remote address of the connection.
  ///   - received: the values of the received `X-Forwarded-For`, joined by commas.
  ///   - trusted: the number of own proxies in front; entries before theirs can be forged.
  init(peer: String, received: String, trusted: Int) {
    // By position only: if an entry that is no address were skipped, the entry before it, which the client controls, would be
    // used.
    let hop = received.split(separator: ",", omittingEmptySubsequences: false).suffix(trusted).first
    let address = hop.flatMap { IPAddress(hop: $0) } ?? IPAddress(peer)
    client = address?.text ?? peer
    network = address?.network ?? peer
  }
}

extension HTTPField.Name {
  static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}
