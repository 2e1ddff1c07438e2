import Contracts

/// The bounds of an order's values, and its price.
enum OrderRules {
  static let lines = 1...50
  static let quantity = 1...99
  static let address = TextRule(1...200)
  static let token = TextRule(1...200)
  static let reason = TextRule(1...200)
  static let preparationMinutes = 1...180
  static let maximumTotal = Money(amount: 1_000_000_000)

  /// Prices an order by the shop's menu.
  /// - Throws: `OrderError`: the shop is not open, or the order violates one of its rules.
  static func placement(
    of order: NewOrder, from shop: OrderableShop, id: Identifier, paymentId: Identifier
  ) throws(OrderError) -> OrderPlacement {
    guard shop.status == .open else { throw .shopClosed(shop.status) }
    let missing = order.lines.indices.filter { shop.items[order.lines[$0].menuItem] == nil }
    guard missing.isEmpty else { throw .notOnMenu(lines: missing) }
    let items = order.lines.compactMap { line in
      shop.items[line.menuItem].map {
        OrderItem(menuItemId: line.menuItem, name: $0.name, price: $0.price, quantity: line.quantity)
      }
    }
    let subtotal = try subtotal(of: items)
    guard subtotal.amount >= shop.minimumOrder.amount else {
      throw .belowMinimumOrder(minimum: shop.minimumOrder, subtotal: subtotal)
    }
    let total = try sum(subtotal.amount, shop.deliveryFee.amount)
    return OrderPlacement(
      id: id, customerId: order.customer, shopId: shop.id, ownerId: shop.ownerId, shopName: shop.name, pickup: shop.address,
      deliveryAddress: order.deliveryAddress, items: items, subtotal: subtotal, deliveryFee: shop.deliveryFee, total: total,
      paymentId: paymentId)
  }

  private static func subtotal(of items: [OrderItem]) throws(OrderError) -> Money {
    var subtotal = Money(amount: 0)
    for item in items {
      let (price, overflow) = item.price.amount.multipliedReportingOverflow(by: Int64(item.quantity))
      guard !overflow else { throw .totalTooLarge(maximum: maximumTotal) }
      subtotal = try sum(subtotal.amount, price)
    }
    return subtotal
  }

  private static func sum(_ left: Int64, _ right: Int64) throws(OrderError) -> Money {
    let (sum, overflow) = left.addingReportingOverflow(right)
    guard !overflow, sum <= maximumTotal.amount else { throw .totalTooLarge(maximum: maximumTotal) }
    return Money(amount: sum)
  }
}
