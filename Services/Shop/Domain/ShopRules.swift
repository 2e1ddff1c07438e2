import Contracts

/// A value in a request that breaks a rule.
struct RuleViolation: Hashable, Sendable {
  /// The value's position, as a JSON pointer (RFC 6901) into the request: `/menu/0/price`.
  let pointer: String
  let detail: String
}

/// The rules for shops and menus. The database enforces the same bounds with CHECK constraints.
enum ShopRules {
  static let nameLength = 1...100
  static let addressLength = 1...200
  static let descriptionLength = 1...500
  static let price: ClosedRange<Int64> = 1...100_000_000
  static let fee: ClosedRange<Int64> = 0...100_000_000
  static let menuSize = 200

  static func violations(of shop: NewShop) -> [RuleViolation] {
    var found = violations(
      of: ShopChange(
        name: shop.name, category: shop.category, district: shop.district, location: shop.location, address: shop.address,
        minimumOrder: shop.minimumOrder, deliveryFee: shop.deliveryFee))
    if shop.menu.count > menuSize {
      found.append(RuleViolation(pointer: "/menu", detail: "may have at most \(menuSize) items"))
    }
    for (index, item) in shop.menu.enumerated() {
      found += violations(of: item, at: "/menu/\(index)")
    }
    return found
  }

  static func violations(of change: ShopChange) -> [RuleViolation] {
    var found: [RuleViolation] = []
    check(change.name, nameLength, "/name", &found)
    check(change.address, addressLength, "/address", &found)
    check(change.minimumOrder, fee, "/minimumOrder/amount", &found)
    check(change.deliveryFee, fee, "/deliveryFee/amount", &found)
    if let location = change.location {
      if !(-90...90).contains(location.latitude) {
        found.append(RuleViolation(pointer: "/location/latitude", detail: "must lie between -90 and 90"))
      }
      if !(-180...180).contains(location.longitude) {
        found.append(RuleViolation(pointer: "/location/longitude", detail: "must lie between -180 and 180"))
      }
    }
    return found
  }

  static func violations(of item: NewMenuItem, at pointer: String = "") -> [RuleViolation] {
    violations(
      of: MenuItemChange(name: item.name, price: item.price, description: item.description.map { .set($0) } ?? .keep), at: pointer
    )
  }

  static func violations(of change: MenuItemChange, at pointer: String = "") -> [RuleViolation] {
    var found: [RuleViolation] = []
    check(change.name, nameLength, "\(pointer)/name", &found)
    check(change.price, price, "\(pointer)/price/amount", &found)
    if case .set(let description) = change.description {
      check(description, descriptionLength, "\(pointer)/description", &found)
    }
    return found
  }

  /// Lengths are in Unicode scalars, as PostgreSQL's `char_length` counts them.
  private static func check(
    _ text: String?, _ length: ClosedRange<Int>, _ pointer: String, _ found: inout [RuleViolation]
  ) {
    guard let text else { return }
    if !length.contains(text.unicodeScalars.count) {
      found.append(
        RuleViolation(pointer: pointer, detail: "must have \(length.lowerBound) to \(length.upperBound) characters"))
    } else if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      found.append(RuleViolation(pointer: pointer, detail: "must not contain control characters"))
    } else if length.lowerBound > 0, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      found.append(RuleViolation(pointer: pointer, detail: "must not be blank"))
    }
  }

  private static func check(
    _ money: Money?, _ range: ClosedRange<Int64>, _ pointer: String, _ found: inout [RuleViolation]
  ) {
    guard let money, !range.contains(money.amount) else { return }
    found.append(RuleViolation(pointer: pointer, detail: "must lie between \(range.lowerBound) and \(range.upperBound)"))
  }
}
