import Contracts

/// The shop that a command addresses, and the command's preconditions.
struct ShopTarget: Sendable {
  let id: Identifier
  /// The caller, who must own the shop.
  let owner: Identifier
  /// The version of `If-Match`; `nil` for any version.
  var expectedVersion: Int64?
}
