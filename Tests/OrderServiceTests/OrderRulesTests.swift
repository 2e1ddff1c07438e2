import Contracts
import Testing

@testable import OrderService

@Suite("The price and the bounds of an order")
struct OrderRulesTests {
  private func offer(
    status: ShopStatus = .open, minimumOrder: Int64 = 15_000, fee: Int64 = 3000, prices: [Int64] = [18_000, 500]
  ) -> OrderableShop {
    var items: [Identifier: OrderableShop.Item] = [:]
    for (index, price) in prices.enumerated() {
      items[.sample(101 + index)] = .init(name: "item \(index)", price: Money(amount: price))
    }
    return OrderableShop(
      id: .sample(10), ownerId: OrderFixture.owner, name: "shop",
      address: Address(address: "a", location: Location(latitude: 37, longitude: 127)), status: status,
      minimumOrder: Money(amount: minimumOrder), deliveryFee: Money(amount: fee), items: items)
  }

  private func place(_ lines: [(Int, Int)], from offer: OrderableShop) throws -> OrderPlacement {
    let lines = lines.map { OrderLine(menuItem: .sample($0), quantity: $1) }
    return try OrderRules.placement(of: .sample(lines: lines), from: offer, id: .sample(7), paymentId: .sample(8))
  }

  @Test("The total is the sum of the shop's prices and the delivery fee")
  func sums() throws {
    let placement = try place([(101, 2), (102, 3)], from: offer())
    #expect(placement.subtotal == Money(amount: 37_500))
    #expect(placement.deliveryFee == Money(amount: 3000))
    #expect(placement.total == Money(amount: 40_500))
    #expect(placement.items.map(\.quantity) == [2, 3])
    #expect(placement.items.map(\.price.amount) == [18_000, 500])
    #expect(placement.pickup.address == "a")
  }

  @Test("The minimum order applies to the subtotal, without the delivery fee")
  func minimum() throws {
    #expect(throws: OrderError.belowMinimumOrder(minimum: Money(amount: 15_000), subtotal: Money(amount: 14_500))) {
      try place([(102, 29)], from: offer())
    }
    #expect(try place([(102, 30)], from: offer()).subtotal == Money(amount: 15_000))
  }

  @Test("A shop that is not open accepts no orders", arguments: [ShopStatus.paused, .closed])
  func closed(_ status: ShopStatus) {
    #expect(throws: OrderError.shopClosed(status)) { try place([(101, 1)], from: offer(status: status)) }
  }

  @Test("Lines whose item is not on the menu are reported by index")
  func unknownItems() {
    #expect(throws: OrderError.notOnMenu(lines: [1, 2])) { try place([(101, 1), (900, 1), (901, 1)], from: offer()) }
  }

  @Test("Totals above the maximum are rejected, and no sum overflows")
  func overflow() throws {
    let maximum = OrderRules.maximumTotal
    #expect(throws: OrderError.totalTooLarge(maximum: maximum)) { try place([(101, 99)], from: offer(prices: [.max])) }
    #expect(throws: OrderError.totalTooLarge(maximum: maximum)) {
      try place([(101, 1), (102, 1)], from: offer(prices: [.max, .max]))
    }
    #expect(throws: OrderError.totalTooLarge(maximum: maximum)) {
      try place([(101, 1)], from: offer(fee: 1, prices: [maximum.amount]))
    }
    #expect(try place([(101, 1)], from: offer(fee: 0, prices: [maximum.amount])).total == maximum)
  }
}
