import Contracts

/// Why an order was not placed, returned, or changed.
enum OrderError: Error, Hashable {
  /// The order does not exist, or the actor may not see it.
  case unknownOrder
  /// The order has not reached this version.
  case unknownVersion(current: Int64)
  case illegalTransition(OrderStatus, OrderAction)
  case versionMismatch(current: Int64)
  /// The saga's row is not at the version that the change was decided on; nothing was changed.
  case sagaChanged
  /// Concurrent writers changed the order at every attempt of this command.
  case contended

  /// An operator has switched new orders off.
  case ordersClosed
  case unknownShop
  /// The shop is not in the replica, which is still being built.
  case shopReplicaIncomplete
  case shopClosed(ShopStatus)
  /// Indexes of the lines, from 0, whose item is not on the shop's menu.
  case notOnMenu(lines: [Int])
  case belowMinimumOrder(minimum: Money, subtotal: Money)
  case totalTooLarge(maximum: Money)
}
