public import Contracts

/// The aggregates of the contracts as JSON objects. Members have the order of the Swift declarations; a missing optional is
/// `null`.
extension JSONText {
  /// Writes a whole order.
  public mutating func value(_ order: Order) {
    beginObject()
    add("id", order.id)
    add("customerId", order.customerId)
    add("shopId", order.shopId)
    add("ownerId", order.ownerId)
    add("shopName", order.shopName)
    add("pickup", order.pickup)
    add("deliveryAddress", order.deliveryAddress)
    add("items", order.items)
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

  /// Writes a payment, without `pending`.
  public mutating func value(_ payment: Payment) {
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

  /// Writes a whole delivery.
  public mutating func value(_ delivery: Delivery) {
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

  /// Writes an item of a menu; `description` is omitted if there is none.
  public mutating func value(_ item: MenuItem) {
    beginObject()
    add("id", item.id)
    add("name", item.name)
    add("price", item.price)
    if let description = item.description { add("description", description) }
    endObject()
  }
}
