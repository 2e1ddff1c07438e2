import Contracts
import SampleShops
import Testing

struct SampleShopsTests {
  private static let shops = SampleShop.generate(count: 2000, seed: 1)

  @Test("The shops of a seed are the same on every platform and for every version of Swift")
  func fingerprint() {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for (number, shop) in Self.shops.enumerated() {
      for byte in summary(of: shop, owner: SampleShop.owner(number: number, seed: 1)).utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      }
    }
    #expect(String(hash, radix: 16) == "dd55e0335ec30293")
  }

  @Test("A larger count begins with the same shops, and another seed has others")
  func prefix() {
    #expect(SampleShop.generate(count: 50, seed: 1) == Array(Self.shops.prefix(50)))
    #expect(SampleShop.shop(number: 1999, seed: 1) == Self.shops[1999])
    #expect(SampleShop.generate(count: 50, seed: 2) != Array(Self.shops.prefix(50)))
  }

  @Test("Every shop is valid by the rules of the shop service")
  func bounds() {
    for shop in Self.shops {
      #expect((1...100).contains(shop.name.count))
      #expect((1...200).contains(shop.address.count))
      #expect((0...100_000_000).contains(shop.minimumOrder.amount))
      #expect((0...100_000_000).contains(shop.deliveryFee.amount))
      #expect((4...12).contains(shop.menu.count))
      #expect(Set(shop.menu.map(\.name)).count == shop.menu.count)
      for item in shop.menu {
        #expect((1...100).contains(item.name.count))
        #expect((1...100_000_000).contains(item.price.amount))
        #expect(item.price.amount % (item.price.amount < 5000 ? 100 : 500) == 0)
        #expect(item.description.map { (1...500).contains($0.count) } ?? true)
      }
    }
  }

  @Test("Every shop is in Seoul, and its address names its district")
  func places() {
    for shop in Self.shops {
      #expect((37.43...37.70).contains(shop.location.latitude))
      #expect((126.76...127.18).contains(shop.location.longitude))
      #expect(shop.address.hasPrefix("서울특별시 \(shop.district.label) "))
      #expect(shop.address.hasSuffix("동)"))
    }
  }

  @Test("All districts, categories and states occur, and most shops are open")
  func coverage() {
    #expect(Set(Self.shops.map(\.district)) == Set(District.allCases))
    #expect(Set(Self.shops.map(\.category)) == Set(Category.allCases))
    #expect(Set(Self.shops.map(\.status)) == Set(ShopStatus.allCases))
    #expect(Self.shops.count { $0.status == .open } > 1800)
  }

  @Test("Names vary, and some are Latin")
  func names() {
    #expect(Set(Self.shops.map(\.name)).count > 1800)
    let latin = Self.shops.count { $0.name.unicodeScalars.first.map { $0.value < 0x250 && $0.properties.isAlphabetic } ?? false }
    #expect((150...500).contains(latin))
  }

  @Test("All owners have shops, and none has most of them")
  func owners() {
    let shops = Dictionary(grouping: 0..<2000) { SampleShop.owner(number: $0, seed: 1) }
    #expect(Set(shops.keys) == Set(0..<SampleShop.ownerCount))
    #expect(shops.values.allSatisfy { $0.count < 200 })
  }

  /// All fields of a shop, in a number format that doesn't depend on a library.
  private func summary(of shop: NewShop, owner: Int) -> String {
    let place = [shop.location.latitude, shop.location.longitude].map { String(Int(($0 * 1_000_000).rounded())) }
    let menu = shop.menu.flatMap { [$0.name, String($0.price.amount), $0.description ?? ""] }
    let amounts = [shop.minimumOrder.amount, shop.deliveryFee.amount].map { String($0) }
    let words = [shop.name, shop.category.rawValue, shop.district.rawValue, shop.address, shop.status.rawValue, "\(owner)"]
    return (words + place + amounts + menu).joined(separator: "|")
  }
}
