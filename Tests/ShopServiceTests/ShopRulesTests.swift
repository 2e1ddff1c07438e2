import Contracts
import Testing

@testable import ShopService

@Suite("The rules of a shop")
struct ShopRulesTests {
  private func shop(name: String = "한강치킨", address: String = "강남대로 1", menu: [NewMenuItem] = []) -> NewShop {
    NewShop(
      name: name, category: .chicken, district: .gangnam, location: Location(latitude: 37.5, longitude: 127), address: address,
      minimumOrder: Money(amount: 0), deliveryFee: Money(amount: 0), status: .open, menu: menu)
  }

  @Test("A shop within the bounds breaks no rule")
  func allowed() {
    #expect(ShopRules.violations(of: shop()).isEmpty)
    #expect(ShopRules.violations(of: shop(name: String(repeating: "가", count: 100))).isEmpty)
    let item = NewMenuItem(name: "후라이드", price: Money(amount: 1), description: nil)
    #expect(ShopRules.violations(of: shop(menu: Array(repeating: item, count: 200))).isEmpty)
  }

  @Test("A bad name is named", arguments: ["", " ", "\u{0}x", "a\nb", String(repeating: "가", count: 101)])
  func refusesNames(_ name: String) {
    #expect(ShopRules.violations(of: shop(name: name)).map(\.pointer) == ["/name"])
  }

  @Test("Every wrong place is found at once, inside the menu too")
  func findsAll() {
    var wrong = shop(
      name: "", address: "",
      menu: [
        NewMenuItem(name: "ok", price: Money(amount: 1), description: nil),
        NewMenuItem(name: "", price: Money(amount: 0), description: ""),
      ])
    wrong.location = Location(latitude: 91, longitude: -181)
    wrong.minimumOrder = Money(amount: -1)
    wrong.deliveryFee = Money(amount: 100_000_001)
    #expect(
      Set(ShopRules.violations(of: wrong).map(\.pointer)) == [
        "/name", "/address", "/location/latitude", "/location/longitude", "/minimumOrder/amount", "/deliveryFee/amount",
        "/menu/1/name", "/menu/1/price/amount", "/menu/1/description",
      ])
  }

  @Test("A change is held to the same bounds, field by field")
  func changes() {
    #expect(ShopRules.violations(of: ShopChange()).isEmpty)
    #expect(ShopRules.violations(of: ShopChange(name: "")).map(\.pointer) == ["/name"])
    #expect(
      ShopRules.violations(of: MenuItemChange(name: nil, price: Money(amount: 0), description: .remove)).map(\.pointer)
        == ["/price/amount"])
  }
}
