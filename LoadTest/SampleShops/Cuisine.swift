import Contracts
import RandomNumbers

/// The names and menus of one category's shops.
struct Cuisine: Sendable {
  /// The kind of restaurant, the last part of a Korean name.
  let houses: [String]
  /// Complete names in Latin script.
  let latinNames: [String]
  /// At least ten, so that a long menu repeats nothing.
  let dishes: [Dish]
  /// Side dishes and drinks.
  let extras: [Dish]
  /// Won.
  let minimumOrders: [Int]
  /// Descriptions that suit any dish of the category.
  let notes: [String]

  init(
    houses: String, latinNames: [String], dishes: [Dish], extras: [Dish] = Dish.softDrinks, minimumOrders: [Int],
    notes: [String]
  ) {
    self.houses = houses.split(separator: " ").map { String($0) }
    self.latinNames = latinNames
    self.dishes = dishes
    self.extras = extras
    self.minimumOrders = minimumOrders
    self.notes = notes
  }

  static func of(_ category: Category) -> Cuisine {
    switch category {
    case .asian: asian
    case .bunsik: bunsik
    case .burger: burger
    case .cafe: cafe
    case .chicken: chicken
    case .chinese: chinese
    case .dosirak: dosirak
    case .fastfood: fastfood
    case .japanese: japanese
    case .jokbal: jokbal
    case .korean: korean
    case .nightfood: nightfood
    case .pizza: pizza
    case .salad: salad
    case .steak: steak
    case .stew: stew
    case .western: western
    }
  }
}

/// A dish with its range of prices.
struct Dish: Sendable {
  let name: String
  /// Won.
  let prices: ClosedRange<Int>

  init(_ name: String, _ prices: ClosedRange<Int>) {
    self.name = name
    self.prices = prices
  }

  /// A multiple of 500 won, or of 100 for cheap dishes.
  func price(using random: inout SplitMix64) -> Int {
    let step = prices.upperBound < 5000 ? 100 : 500
    return random.number(in: (prices.lowerBound + step - 1) / step...prices.upperBound / step) * step
  }

  static let softDrinks = [
    Dish("콜라 500ml", 1800...2500), Dish("사이다 500ml", 1800...2500), Dish("콜라 1.25L", 2500...3500),
    Dish("사이다 1.25L", 2500...3500), Dish("제로콜라 355ml", 1500...2200), Dish("생수 500ml", 1000...1200),
  ]

  static let withRice = [
    Dish("공기밥", 1000...1500), Dish("계란찜", 3000...4500), Dish("계란말이", 6000...9000), Dish("김치전", 8000...12_000),
    Dish("콜라 355ml", 1500...2000), Dish("식혜", 2000...3000),
  ]
}
