import JSON
import Contracts
import Web

/// `POST /shops`
struct CreateShopRequest: Decodable {
  let name: String
  let category: Category
  let district: District
  let location: Location
  let address: String
  let minimumOrder: Money
  let deliveryFee: Money
  let status: ShopStatus?
  let menu: [CreateMenuItemRequest]?

  func validated() throws -> NewShop {
    let shop = NewShop(
      name: name, category: category, district: district, location: location, address: address, minimumOrder: minimumOrder,
      deliveryFee: deliveryFee, status: status ?? .open, menu: (menu ?? []).map(\.item))
    try Problem.check(ShopRules.errors(in: shop))
    return shop
  }
}

/// `PATCH /shops/{id}`: at least one field; omitted fields are left unchanged.
struct PatchShopRequest: Decodable {
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
    try Problem.check(ShopRules.errors(in: change))
    return change
  }
}

/// `PUT /shops/{id}/status`
struct PutShopStatusRequest: Decodable {
  let status: ShopStatus
}

/// `POST /shops/{id}/menu`, and an element of `menu` in `POST /shops`
struct CreateMenuItemRequest: Decodable {
  let name: String
  let price: Money
  let description: String?

  var item: NewMenuItem { NewMenuItem(name: name, price: price, description: description) }

  func validated() throws -> NewMenuItem {
    try Problem.check(ShopRules.errors(in: item))
    return item
  }
}

/// `PATCH /shops/{id}/menu/{itemId}`: at least one field; `"description": null` removes the description.
struct PatchMenuItemRequest: Decodable {
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
    try Problem.check(ShopRules.errors(in: change))
    return change
  }
}
