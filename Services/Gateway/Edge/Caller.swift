import Auth

/// The client that sent a request.
struct Caller: Sendable {
  let address: ForwardedClientAddress
  /// `nil` if the request has no token, or an invalid one on a public route.
  let principal: Principal?
  /// The value of `Authorization`, as received.
  let authorization: String?

  /// The account, or the address of a request without one.
  var key: CallerKey { principal.map { .principal($0.id) } ?? .address(address.network) }
}
