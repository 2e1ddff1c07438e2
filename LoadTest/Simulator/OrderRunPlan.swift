import Contracts
import SampleShops

/// All that one life will do, drawn before it begins: the same for the same seed and number.
struct OrderRunPlan: Sendable {
  let number: Int
  let scenario: Scenario
  /// His place among the customers of the run.
  let customer: Int
  let shop: KnownShop
  /// At least the shop's minimum.
  let items: [ChosenItem]
  let destination: Location
  /// What the customer types, if he searches.
  let search: String?
  let repetition: Repetition
  /// 1–5 stars.
  let rating: Int
  /// Whether the listing is watched until it shows the review.
  let watchesRating: Bool
  /// Draws the pauses between steps.
  var pauses: SplitMix64

  init(number: Int, profile: LoadProfile, shops: [KnownShop]) {
    var random = SplitMix64(seed: profile.seed &+ UInt64(number) &* 0x9e6c_63d0_876a_3f6b)
    self.number = number
    scenario = Self.way(of: number, in: profile, using: &random)
    customer = random.below(profile.customers)
    shop = random.pick(shops)
    items = Self.choose(from: shop, using: &random)
    destination = shop.location.moved(using: &random)
    search = random.chance(25) ? random.pick(Self.searches) : nil
    repetition = random.chance(profile.repeated) ? (random.chance(50) ? .atOnce : .afterwards) : .none
    rating = random.pick([1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5])
    watchesRating = profile.watchEvery > 0 && random.below(profile.watchEvery) == 0
    pauses = random
  }

  /// The next of the ways that were given, or any.
  private static func way(of number: Int, in profile: LoadProfile, using random: inout SplitMix64) -> Scenario {
    guard profile.scenarios.isEmpty else { return profile.scenarios[number % profile.scenarios.count] }
    return random.fraction() < profile.unhappy ? random.pick(Scenario.unhappy) : .happy
  }

  /// One or two dishes, and then more of the first until the shop delivers.
  private static func choose(from shop: KnownShop, using random: inout SplitMix64) -> [ChosenItem] {
    var items = random.sample(shop.menu, count: random.number(in: 1...2)).map {
      ChosenItem(dish: $0, quantity: random.number(in: 1...2))
    }
    let lacking = shop.minimumOrder - items.reduce(0) { $0 + $1.dish.price * Int64($1.quantity) }
    if lacking > 0 {
      let price = items[0].dish.price
      items[0].quantity += Int((lacking + price - 1) / price)
    }
    return items
  }

  private static let searches = ["치킨", "ㅊㅋ", "피자", "김밥", "카페", "족발", "버거", "국밥"]
}

/// A dish and how many of it.
struct ChosenItem: Hashable, Sendable {
  let dish: Dish
  /// 1–99.
  var quantity: Int
}

/// Whether the order is sent twice with one key, on purpose.
enum Repetition: Sendable {
  case none, atOnce, afterwards
}

extension Location {
  /// Somewhere else within about a kilometre.
  func moved(using random: inout SplitMix64) -> Location {
    Location(
      latitude: latitude + Double(random.number(in: -9000...9000)) / 1_000_000,
      longitude: longitude + Double(random.number(in: -11000...11000)) / 1_000_000)
  }
}
