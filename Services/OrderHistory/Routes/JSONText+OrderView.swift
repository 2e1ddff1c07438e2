import Contracts
import JSON

extension JSONText {
  /// Writes the order view: `payment` and `delivery` are `null` until they are known.
  mutating func value(_ view: OrderView) {
    beginObject()
    key("order")
    value(view.order)
    key("payment")
    if let payment = view.payment { value(payment) } else { null() }
    key("delivery")
    if let delivery = view.delivery { value(delivery) } else { null() }
    endObject()
  }

  /// Writes the members of an order that lists show.
  mutating func summary(_ order: Order) {
    beginObject()
    add("id", order.id)
    add("customerId", order.customerId)
    add("shopId", order.shopId)
    add("shopName", order.shopName)
    add("status", order.status.rawValue)
    key("items")
    beginArray()
    for item in order.items {
      beginObject()
      add("name", item.name)
      add("quantity", Int64(item.quantity))
      endObject()
    }
    endArray()
    add("total", order.total)
    add("reason", order.reason)
    add("version", order.version)
    add("placedAt", order.placedAt)
    add("updatedAt", order.updatedAt)
    endObject()
  }
}
