import JSON
import Contracts
import Web

/// `POST /shops`
struct CreateShop: Decodable {
  let name: String
  let category: Category
  let district: District
  let location: Location
  let address: String
  let minimumOrder: Money
  let deliveryFee: Money
  let status: ShopStatus?
  let menu: [CreateMenuItem]?

  func validated() throws -> NewShop {
    let shop = NewShop(
      name: name, category: category, district: district, location: location, address: address, minimumOrder: minimumOrder,
      deliveryFee: deliveryFee, status: status ?? .open, menu: (menu ?? []).map(\.item))
    try Problem.refuse(ShopRules.violations(of: shop))
    return shop
  }
}

/// `PATCH /shops/{id}`: at least one field; a field that is left out stays as it is.
struct PatchShop: Decodable {
  let name: PatchField<String>
  let category: PatchField<Category>
  let district: PatchField<District>
  let location: PatchField<Location>
  let address: PatchField<String>
  let minimumOrder: PatchField<Money>
  let deliveryFee: PatchField<Money>

  func validated() throws -> ShopChange {
    var validation = Validation()
    let change = ShopChange(
      name: validation.changed(name, "/name"), category: validation.changed(category, "/category"),
      district: validation.changed(district, "/district"), location: validation.changed(location, "/location"),
      address: validation.changed(address, "/address"), minimumOrder: validation.changed(minimumOrder, "/minimumOrder"),
      deliveryFee: validation.changed(deliveryFee, "/deliveryFee"))
    validation.check(
      name.isPresent || category.isPresent || district.isPresent || location.isPresent || address.isPresent
        || minimumOrder.isPresent || deliveryFee.isPresent, "", "must name at least one field to change")
    try validation.finish()
    try Problem.refuse(ShopRules.violations(of: change))
    return change
  }
}

/// `PUT /shops/{id}/status`
struct PutStatus: Decodable {
  let status: ShopStatus
}

/// `POST /shops/{id}/menu`, and an item of the menu of `POST /shops`
struct CreateMenuItem: Decodable {
  let name: String
  let price: Money
  let description: String?

  var item: NewMenuItem { NewMenuItem(name: name, price: price, description: description) }

  func validated() throws -> NewMenuItem {
    try Problem.refuse(ShopRules.violations(of: item))
    return item
  }
}

/// `PATCH /shops/{id}/menu/{itemId}`: at least one field; `"description": null` takes the description away.
struct PatchMenuItem: Decodable {
  let name: PatchField<String>
  let price: PatchField<Money>
  let description: PatchField<String>

  func validated() throws -> MenuItemChange {
    var validation = Validation()
    let change = MenuItemChange(
      name: validation.changed(name, "/name"), price: validation.changed(price, "/price"),
      description: description.value.map { .set($0) } ?? (description.isPresent ? .remove : .keep))
    validation.check(
      name.isPresent || price.isPresent || description.isPresent, "", "must name at least one field to change")
    try validation.finish()
    try Problem.refuse(ShopRules.violations(of: change))
    return change
  }
}

extension Problem {
  /// - Throws: 422 `invalid_body` with a pointer for each violation, if there is any.
  fileprivate static func refuse(_ violations: [RuleViolation]) throws(Problem) {
    var validation = Validation()
    for violation in violations {
      validation.refuse(violation.pointer, violation.detail)
    }
    try validation.finish()
  }
}
