import Contracts
import Testing

@testable import ShopService

@Suite("Shop rules")
struct ShopRulesTests {
  private func shop(name: String = "한강치킨", address: String = "강남대로 1", menu: [NewMenuItem] = []) -> NewShop {
    NewShop(
      name: name, category: .chicken, district: .gangnam, location: Location(latitude: 37.5, longitude: 127), address: address,
      minimumOrder: Money(amount: 0), deliveryFee: Money(amount: 0), status: .open, menu: menu)
  }

  @Test("A shop within the limits has no violations")
  func allowed() {
    #expect(ShopRules.errors(in: shop()).isEmpty)
    #expect(ShopRules.errors(in: shop(name: String(repeating: "가", count: 100))).isEmpty)
    let item = NewMenuItem(name: "후라이드", price: Money(amount: 1), description: nil)
    #expect(ShopRules.errors(in: shop(menu: Array(repeating: item, count: 200))).isEmpty)
  }

  @Test("An invalid name is reported at /name", arguments: ["", " ", "\u{0}x", "a\nb", String(repeating: "가", count: 101)])
  func invalidNames(_ name: String) {
    #expect(ShopRules.errors(in: shop(name: name)).map(\.pointer) == ["/name"])
  }

  @Test("All violations are reported at once, those of the menu included")
  func allViolations() {
    var invalid = shop(
      name: "", address: "",
      menu: [
        NewMenuItem(name: "ok", price: Money(amount: 1), description: nil),
        NewMenuItem(name: "", price: Money(amount: 0), description: ""),
      ])
    invalid.location = Location(latitude: 91, longitude: -181)
    invalid.minimumOrder = Money(amount: -1)
    invalid.deliveryFee = Money(amount: 100_000_001)
    #expect(
      Set(ShopRules.errors(in: invalid).map(\.pointer)) == [
        "/name", "/address", "/location/latitude", "/location/longitude", "/minimumOrder/amount", "/deliveryFee/amount",
        "/menu/1/name", "/menu/1/price/amount", "/menu/1/description",
      ])
  }

  @Test("A change has the same limits, field by field")
  func changes() {
    #expect(ShopRules.errors(in: ShopChange()).isEmpty)
    #expect(ShopRules.errors(in: ShopChange(name: "")).map(\.pointer) == ["/name"])
    #expect(
      ShopRules.errors(in: MenuItemChange(name: nil, price: Money(amount: 0), description: .remove)).map(\.pointer)
        == ["/price/amount"])
  }
}
