import JSON
import Contracts
import Web

/// Documents written member by member, as their owners' services show them.
extension JSONText {
  mutating func addView(_ view: OrderView) {
    beginObject()
    key("order")
    value(view.order)
    key("payment")
    if let payment = view.payment { value(payment) } else { null() }
    key("delivery")
    if let delivery = view.delivery { value(delivery) } else { null() }
    endObject()
  }

  /// What lists show of an order.
  mutating func addSummary(_ order: Order) {
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

  private mutating func value(_ order: Order) {
    beginObject()
    add("id", order.id)
    add("customerId", order.customerId)
    add("shopId", order.shopId)
    add("ownerId", order.ownerId)
    add("shopName", order.shopName)
    add("pickup", order.pickup)
    add("deliveryAddress", order.deliveryAddress)
    key("items")
    beginArray()
    for item in order.items {
      beginObject()
      add("menuItemId", item.menuItemId)
      add("name", item.name)
      add("price", item.price)
      add("quantity", Int64(item.quantity))
      endObject()
    }
    endArray()
    add("subtotal", order.subtotal)
    add("deliveryFee", order.deliveryFee)
    add("total", order.total)
    add("status", order.status.rawValue)
    key("preparationMinutes")
    if let minutes = order.preparationMinutes { value(Int64(minutes)) } else { null() }
    add("reason", order.reason)
    add("paymentId", order.paymentId)
    add("version", order.version)
    add("placedAt", order.placedAt)
    add("updatedAt", order.updatedAt)
    add("timeline", order.timeline)
    endObject()
  }

  private mutating func value(_ payment: Payment) {
    beginObject()
    add("id", payment.id)
    add("orderId", payment.orderId)
    add("customerId", payment.customerId)
    add("amount", payment.amount)
    add("status", payment.status.rawValue)
    add("captured", payment.captured)
    add("refunded", payment.refunded)
    add("declineReason", payment.declineReason)
    add("version", payment.version)
    add("createdAt", payment.createdAt)
    add("updatedAt", payment.updatedAt)
    add("timeline", payment.timeline)
    endObject()
  }

  private mutating func value(_ delivery: Delivery) {
    beginObject()
    add("id", delivery.id)
    add("orderId", delivery.orderId)
    add("customerId", delivery.customerId)
    add("shopId", delivery.shopId)
    add("ownerId", delivery.ownerId)
    add("pickup", delivery.pickup)
    add("dropOff", delivery.dropOff)
    add("status", delivery.status.rawValue)
    add("riderId", delivery.riderId?.description)
    add("riderName", delivery.riderName)
    add("reason", delivery.reason)
    add("version", delivery.version)
    add("createdAt", delivery.createdAt)
    add("updatedAt", delivery.updatedAt)
    add("timeline", delivery.timeline)
    endObject()
  }
}

/// Members of the kinds that documents have.
extension JSONText {
  private mutating func add(_ name: String, _ id: Identifier) {
    add(name, id.description)
  }

  private mutating func add(_ name: String, _ time: Timestamp) {
    add(name, time.rfc3339)
  }

  private mutating func add(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  private mutating func add(_ name: String, _ money: Money) {
    key(name)
    beginObject()
    add("amount", money.amount)
    add("currency", "KRW")
    endObject()
  }

  private mutating func add(_ name: String, _ address: Address) {
    key(name)
    beginObject()
    add("address", address.address)
    key("location")
    beginObject()
    key("latitude")
    raw("\(address.location.latitude)".utf8)
    key("longitude")
    raw("\(address.location.longitude)".utf8)
    endObject()
    endObject()
  }

  private mutating func add<Status: RawRepresentable<String>>(_ name: String, _ timeline: [StatusChange<Status>]) {
    key(name)
    beginArray()
    for change in timeline {
      beginObject()
      add("version", change.version)
      add("status", change.status.rawValue)
      add("at", change.at)
      endObject()
    }
    endArray()
  }
}
