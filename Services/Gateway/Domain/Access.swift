/// Who may call a route through the gateway. The services authorize again, by role and by ownership.
enum Access: Hashable, Sendable {
  /// No token is required.
  case `public`
  /// Any account.
  case authenticated
  case operatorOnly
  /// Only services call it, inside the network: 404 at the gateway.
  case internalOnly
}
