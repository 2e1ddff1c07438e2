import Contracts

/// Identifies the caller whose requests and streams are counted together.
enum CallerKey: Hashable, Sendable {
  /// A client address, or the /64 network of an IPv6 address.
  case address(String)
  case principal(Identifier)
}
