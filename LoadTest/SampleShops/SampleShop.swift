import Contracts
import RandomNumbers

/// Generated shops of Seoul, deterministic for a seed.
public enum SampleShop {
  /// The first `count` shops of `seed`; a larger count begins with the same shops.
  public static func generate(count: Int, seed: UInt64) -> [NewShop] {
    (0..<count).map { shop(number: $0, seed: seed) }
  }

  /// One shop by its index in `generate`, without generating those before it.
  public static func shop(number: Int, seed: UInt64) -> NewShop {
    var random = generator(number: number, seed: seed)
    let district = random.pick(District.allCases)
    let category = random.pick(categoriesByFrequency)
    let neighbourhood = Neighbourhoods.of(district)
    let cuisine = Cuisine.of(category)
    let dong = random.pick(neighbourhood.dongs)
    return NewShop(
      name: ShopName.make(cuisine: cuisine, dong: dong, using: &random),
      category: category,
      district: district,
      location: neighbourhood.location(using: &random),
      address: address(district: district, neighbourhood: neighbourhood, dong: dong, using: &random),
      minimumOrder: Money(amount: Int64(random.pick(cuisine.minimumOrders))),
      deliveryFee: Money(amount: Int64(random.pick(deliveryFees))),
      status: status(using: &random),
      menu: menu(of: cuisine, using: &random))
  }

  /// The owner of a shop: a number below `ownerCount`, so that an owner has several shops.
  public static func owner(number: Int, seed: UInt64) -> Int {
    var random = generator(number: number, seed: ~seed)
    return random.below(ownerCount)
  }

  /// The number of owners of all sample shops: few, because each has an account.
  public static let ownerCount = 20

  private static func generator(number: Int, seed: UInt64) -> SplitMix64 {
    var outer = SplitMix64(seed: seed)
    return SplitMix64(seed: outer.next() ^ UInt64(bitPattern: Int64(number)) &* 0xd134_2543_de82_ef95)
  }

  /// Every category, the common ones several times.
  private static let categoriesByFrequency: [Category] =
    Category.allCases + [
      .korean, .korean, .korean, .chicken, .chicken, .cafe, .cafe, .bunsik, .bunsik, .chinese, .japanese, .pizza, .burger,
      .stew, .nightfood,
    ]

  private static let deliveryFees = [0, 0, 1000, 1500, 2000, 2000, 2500, 3000, 3000, 3500, 4000, 4500]

  private static func status(using random: inout SplitMix64) -> ShopStatus {
    switch random.below(100) {
    case 0..<4: .closed
    case 4..<7: .paused
    default: .open
    }
  }

  private static func address(
    district: District, neighbourhood: Neighbourhoods, dong: String, using random: inout SplitMix64
  ) -> String {
    var text = "서울특별시 \(district.label) \(random.pick(neighbourhood.roads)) \(random.number(in: 3...480))"
    if random.chance(25) { text += "-\(random.number(in: 1...24))" }
    if random.chance(70) { text += random.chance(12) ? ", 지하 1층" : ", \(random.pick([1, 1, 1, 1, 2, 2, 3]))층" }
    return text + " (\(dong)동)"
  }

  private static func menu(of cuisine: Cuisine, using random: inout SplitMix64) -> [NewMenuItem] {
    let count = random.number(in: 4...12)
    let extras = min(random.number(in: 0...2), count - 4)
    let dishes = random.sample(cuisine.dishes, count: count - extras) + random.sample(cuisine.extras, count: extras)
    return dishes.map { dish in
      NewMenuItem(
        name: dish.name, price: Money(amount: Int64(dish.price(using: &random))),
        description: random.chance(30) ? random.pick(cuisine.notes) : nil)
    }
  }
}
