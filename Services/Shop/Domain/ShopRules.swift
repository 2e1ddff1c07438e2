import Contracts

/// The rules for shops and menus. The database enforces the same bounds with CHECK constraints.
enum ShopRules {
  static let name = TextRule(1...100)
  static let address = TextRule(1...200)
  static let description = TextRule(1...500)
  static let price: ClosedRange<Int64> = 1...100_000_000
  static let fee: ClosedRange<Int64> = 0...100_000_000
  static let menuSize = 200

  static func errors(in shop: NewShop) -> [FieldError] {
    var errors = errors(
      in: ShopChange(
        name: shop.name, category: shop.category, district: shop.district, location: shop.location, address: shop.address,
        minimumOrder: shop.minimumOrder, deliveryFee: shop.deliveryFee))
    if shop.menu.count > menuSize {
      errors.append(FieldError(pointer: "/menu", detail: "may have at most \(menuSize) items"))
    }
    for (index, item) in shop.menu.enumerated() {
      errors += Self.errors(in: item, at: "/menu/\(index)")
    }
    return errors
  }

  static func errors(in change: ShopChange) -> [FieldError] {
    let errors = [
      change.name.flatMap { name.error(in: $0, at: "/name") },
      change.address.flatMap { address.error(in: $0, at: "/address") },
      change.minimumOrder.flatMap { FieldError($0.amount, outside: fee, at: "/minimumOrder/amount") },
      change.deliveryFee.flatMap { FieldError($0.amount, outside: fee, at: "/deliveryFee/amount") },
    ]
    return errors.compactMap(\.self) + (change.location?.errors(at: "/location") ?? [])
  }

  static func errors(in item: NewMenuItem, at pointer: String = "") -> [FieldError] {
    errors(
      in: MenuItemChange(name: item.name, price: item.price, description: item.description.map { .set($0) } ?? .keep), at: pointer
    )
  }

  static func errors(in change: MenuItemChange, at pointer: String = "") -> [FieldError] {
    var errors = [
      change.name.flatMap { name.error(in: $0, at: "\(pointer)/name") },
      change.price.flatMap { FieldError($0.amount, outside: price, at: "\(pointer)/price/amount") },
    ]
    if case .set(let text) = change.description {
      errors.append(description.error(in: text, at: "\(pointer)/description"))
    }
    return errors.compactMap(\.self)
  }
}
