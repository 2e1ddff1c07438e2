import Contracts

/// Why an order was not placed, shown, or changed.
enum OrderError: Error, Hashable {
  /// There is none, or whoever asks may not know of it.
  case unknownOrder
  /// The order never had this version.
  case unknownVersion(current: Int64)
  case illegalTransition(OrderStatus, OrderAction)
  case versionMismatch(current: Int64)
  /// The saga's row is not at the version that the change was decided on; nothing was changed.
  case sagaMoved
  /// Others changed the order again and again while this command was being decided.
  case contended

  /// An operator has switched the taking of orders off.
  case ordersClosed
  case unknownShop
  /// The copy of the shops is still being made.
  case shopsNotKnownYet
  case shopClosed(ShopStatus)
  /// The lines of the order, from 0, whose item is not on the shop's menu.
  case notOnMenu(lines: [Int])
  case belowMinimumOrder(minimum: Money, subtotal: Money)
  /// The sum is more than an order may cost.
  case totalTooLarge(maximum: Money)
}
