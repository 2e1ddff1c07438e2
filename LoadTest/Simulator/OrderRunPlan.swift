import Contracts
import RandomNumbers
import SampleShops

/// The random choices of one order run, drawn in advance; deterministic for a seed and a number.
struct OrderRunPlan: Sendable {
  let number: Int
  let scenario: Scenario
  /// The index in the run's customers.
  let customer: Int
  let shop: OrderableShop
  /// Their total is at least the shop's minimum order.
  let items: [OrderedItem]
  let destination: Location
  /// The customer's search query, if any.
  let search: String?
  let repetition: Repetition
  /// 1–5 stars.
  let rating: Int
  /// Whether to poll the listing until it shows the review.
  let watchesRating: Bool
  /// Draws the pauses between steps.
  var pauses: SplitMix64

  init(number: Int, profile: LoadProfile, shops: [OrderableShop]) {
    var random = SplitMix64(seed: profile.seed &+ UInt64(number) &* 0x9e6c_63d0_876a_3f6b)
    self.number = number
    scenario = Self.scenario(of: number, in: profile, using: &random)
    customer = random.below(profile.customers)
    shop = random.pick(shops)
    items = Self.choose(from: shop, using: &random)
    destination = shop.location.moved(using: &random)
    search = random.chance(25) ? random.pick(Self.searches) : nil
    repetition = random.chance(profile.repeated) ? (random.chance(50) ? .concurrent : .sequential) : .none
    rating = random.pick([1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5])
    watchesRating = profile.watchEvery > 0 && random.below(profile.watchEvery) == 0
    pauses = random
  }

  /// The next of the profile's scenarios, or a random one.
  private static func scenario(of number: Int, in profile: LoadProfile, using random: inout SplitMix64) -> Scenario {
    guard profile.scenarios.isEmpty else { return profile.scenarios[number % profile.scenarios.count] }
    return random.fraction() < profile.unhappy ? random.pick(Scenario.unhappy) : .happy
  }

  /// One or two items, and more of the first to reach the shop's minimum order.
  private static func choose(from shop: OrderableShop, using random: inout SplitMix64) -> [OrderedItem] {
    var items = random.sample(shop.menu, count: random.number(in: 1...2)).map {
      OrderedItem(item: $0, quantity: random.number(in: 1...2))
    }
    let lacking = shop.minimumOrder - items.reduce(0) { $0 + $1.item.price * Int64($1.quantity) }
    if lacking > 0 {
      let price = items[0].item.price
      items[0].quantity += Int((lacking + price - 1) / price)
    }
    return items
  }

  private static let searches = ["치킨", "ㅊㅋ", "피자", "김밥", "카페", "족발", "버거", "국밥"]
}

/// A menu item and its quantity.
struct OrderedItem: Hashable, Sendable {
  let item: OrderableItem
  /// 1–99.
  var quantity: Int
}

/// Whether the order is sent twice with one idempotency key.
enum Repetition: Sendable {
  case none, concurrent, sequential
}

extension Location {
  /// A random location within about a kilometre.
  func moved(using random: inout SplitMix64) -> Location {
    Location(
      latitude: latitude + Double(random.number(in: -9000...9000)) / 1_000_000,
      longitude: longitude + Double(random.number(in: -11000...11000)) / 1_000_000)
  }
}
