import Contracts
import NIOCore

/// A document that is stored in compact form in its order's record.
protocol CompactRecord: Aggregate, Decodable, Sendable {
  static var part: HistoryPart { get }
  /// The id of the order in whose record it is stored.
  var recordID: Identifier { get }
  /// - Parameter order: the stored order, if there is one; members with equal values are then omitted.
  func compact(relativeTo order: Order?) -> ByteBuffer
}

/// The compact form of an order. It begins with the fields that scripts read, at fixed offsets: status (1 byte), placement time
/// (6), customer, shop, owner (16 each).
extension Order: CompactRecord {
  static let part = HistoryPart.order
  var recordID: Identifier { id }

  func compact(relativeTo order: Order?) -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 512)
    bytes.writeCompact(status)
    bytes.writeMoment(placedAt)
    for id in [customerId, shopId, ownerId, paymentId] { bytes.writeIdentifier(id) }
    bytes.writeCompact(version)
    bytes.writeCompact(shopName)
    bytes.writeCompact(pickup)
    bytes.writeCompact(deliveryAddress)
    bytes.writeCompact(UInt64(items.count))
    for item in items {
      bytes.writeIdentifier(item.menuItemId)
      bytes.writeCompact(item.name)
      bytes.writeCompact(item.price)
      bytes.writeCompact(UInt64(item.quantity))
    }
    bytes.writeCompact(subtotal)
    bytes.writeCompact(deliveryFee)
    bytes.writeCompact(total)
    bytes.writeCompact(UInt64(preparationMinutes.map { $0 + 1 } ?? 0))
    bytes.writeCompact(reason)
    bytes.writeCompact(updatedAt, since: placedAt)
    bytes.writeCompact(timeline, since: placedAt)
    return bytes
  }

  init(compact bytes: ByteBuffer, id: Identifier) throws(CorruptRecord) {
    var reader = CompactReader(bytes)
    let status = try reader.choice(OrderStatus.self)
    let placedAt = try reader.moment()
    let (customer, shop, owner) = (try reader.identifier(), try reader.identifier(), try reader.identifier())
    let payment = try reader.identifier()
    let version = try reader.signed()
    let shopName = try reader.text()
    let (pickup, deliveryAddress) = (try reader.address(), try reader.address())
    let items = try reader.list { (reader) throws(CorruptRecord) in
      OrderItem(
        menuItemId: try reader.identifier(), name: try reader.text(), price: try reader.money(),
        quantity: Int(try reader.unsigned()))
    }
    let (subtotal, deliveryFee, total) = (try reader.money(), try reader.money(), try reader.money())
    let preparation = try reader.unsigned()
    let reason = try reader.optionalText()
    let updatedAt = try reader.time(since: placedAt)
    self.init(
      id: id, customerId: customer, shopId: shop, ownerId: owner, shopName: shopName, pickup: pickup,
      deliveryAddress: deliveryAddress, items: items, subtotal: subtotal, deliveryFee: deliveryFee, total: total, status: status,
      preparationMinutes: preparation == 0 ? nil : Int(preparation) - 1, reason: reason, paymentId: payment, version: version,
      placedAt: placedAt, updatedAt: updatedAt, timeline: try reader.timeline(since: placedAt))
  }
}

/// The compact form of a payment, without `pending`: it changes without a new version, so a stored value would become outdated.
extension Payment: CompactRecord {
  static let part = HistoryPart.payment
  var recordID: Identifier { orderId }

  func compact(relativeTo order: Order?) -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 128)
    let matchesOrder = order?.customerId == customerId
    bytes.writeInteger(matchesOrder ? 1 : 0, as: UInt8.self)
    if !matchesOrder { bytes.writeIdentifier(customerId) }
    bytes.writeIdentifier(id)
    bytes.writeMoment(createdAt)
    bytes.writeCompact(status)
    bytes.writeCompact(version)
    for money in [amount, captured, refunded] { bytes.writeCompact(money) }
    bytes.writeCompact(declineReason)
    bytes.writeCompact(updatedAt, since: createdAt)
    bytes.writeCompact(timeline, since: createdAt)
    return bytes
  }

  init(compact bytes: ByteBuffer, of order: Order) throws(CorruptRecord) {
    var reader = CompactReader(bytes)
    let matchesOrder = try reader.byte() == 1
    let customer = matchesOrder ? order.customerId : try reader.identifier()
    let id = try reader.identifier()
    let createdAt = try reader.moment()
    let status = try reader.choice(PaymentStatus.self)
    let version = try reader.signed()
    let (amount, captured, refunded) = (try reader.money(), try reader.money(), try reader.money())
    let declineReason = try reader.optionalText()
    let updatedAt = try reader.time(since: createdAt)
    self.init(
      id: id, orderId: order.id, customerId: customer, amount: amount, status: status, captured: captured, refunded: refunded,
      pending: nil, declineReason: declineReason, version: version, createdAt: createdAt, updatedAt: updatedAt,
      timeline: try reader.timeline(since: createdAt))
  }
}

/// The compact form of a delivery.
extension Delivery: CompactRecord {
  static let part = HistoryPart.delivery
  var recordID: Identifier { orderId }

  func compact(relativeTo order: Order?) -> ByteBuffer {
    var bytes = ByteBufferAllocator().buffer(capacity: 384)
    let matchesOrder = order.map(matches) ?? false
    bytes.writeInteger(matchesOrder ? 1 : 0, as: UInt8.self)
    if !matchesOrder {
      for id in [customerId, shopId, ownerId] { bytes.writeIdentifier(id) }
      bytes.writeCompact(pickup)
      bytes.writeCompact(dropOff)
    }
    bytes.writeIdentifier(id)
    bytes.writeMoment(createdAt)
    bytes.writeCompact(status)
    bytes.writeCompact(version)
    bytes.writeInteger(riderId == nil ? 0 : 1, as: UInt8.self)
    if let riderId { bytes.writeIdentifier(riderId) }
    bytes.writeCompact(riderName)
    bytes.writeCompact(reason)
    bytes.writeCompact(updatedAt, since: createdAt)
    bytes.writeCompact(timeline, since: createdAt)
    return bytes
  }

  private func matches(_ order: Order) -> Bool {
    customerId == order.customerId && shopId == order.shopId && ownerId == order.ownerId && pickup == order.pickup
      && dropOff == order.deliveryAddress
  }

  init(compact bytes: ByteBuffer, of order: Order) throws(CorruptRecord) {
    var reader = CompactReader(bytes)
    var (customer, shop, owner) = (order.customerId, order.shopId, order.ownerId)
    var (pickup, dropOff) = (order.pickup, order.deliveryAddress)
    if try reader.byte() == 0 {
      (customer, shop, owner) = (try reader.identifier(), try reader.identifier(), try reader.identifier())
      (pickup, dropOff) = (try reader.address(), try reader.address())
    }
    let id = try reader.identifier()
    let createdAt = try reader.moment()
    let status = try reader.choice(DeliveryStatus.self)
    let version = try reader.signed()
    let hasRider = try reader.byte() == 1
    let rider = hasRider ? try reader.identifier() : nil
    let (riderName, reason) = (try reader.optionalText(), try reader.optionalText())
    let updatedAt = try reader.time(since: createdAt)
    self.init(
      id: id, orderId: order.id, customerId: customer, shopId: shop, ownerId: owner, pickup: pickup, dropOff: dropOff,
      status: status, riderId: rider, riderName: riderName, reason: reason, version: version, createdAt: createdAt,
      updatedAt: updatedAt, timeline: try reader.timeline(since: createdAt))
  }
}
