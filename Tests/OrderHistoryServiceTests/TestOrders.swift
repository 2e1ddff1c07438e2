import Contracts

@testable import OrderHistoryService

extension Identifier {
  /// Version 7, of a time in the past.
  static func sample(_ number: Int) -> Identifier {
    let digits = String(number)
    return Identifier("0198c0de-0000-7abc-8def-" + String(repeating: "0", count: 12 - digits.count) + digits)!
  }

  static let customer = sample(900_001)
  static let owner = sample(900_002)
  static let rider = sample(900_003)
  static let shop = sample(900_004)
}

extension Timestamp {
  static let start = Timestamp(milliseconds: 1_767_225_600_000)

  func adding(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: self.milliseconds + milliseconds) }
}

extension Order {
  /// An order with these status changes, one second apart; its number determines id and placement time, higher numbers being
  /// newer.
  static func sample(
    _ number: Int, _ statuses: OrderStatus..., id: Identifier? = nil, customer: Identifier = .customer, shop: Identifier = .shop,
    owner: Identifier = .owner, placedAt: Timestamp? = nil
  ) -> Order {
    let placedAt = placedAt ?? Timestamp.start.adding(Int64(number) * 1000)
    let timeline = statuses.enumerated().map {
      StatusChange(version: Int64($0.offset + 1), status: $0.element, at: placedAt.adding(Int64($0.offset) * 1000))
    }
    return Order(
      id: id ?? .sample(number), customerId: customer, shopId: shop, ownerId: owner, shopName: "달빛치킨 서교점",
      pickup: Address(
        address: "서울특별시 마포구 양화로 12, 1층 (서교동)", location: Location(latitude: 37.5563, longitude: 126.9236)),
      deliveryAddress: Address(
        address: "서울특별시 마포구 월드컵로 100, 101동 1203호", location: Location(latitude: 37.5571, longitude: 126.91)),
      items: [
        OrderItem(menuItemId: .sample(77), name: "후라이드치킨", price: Money(amount: 18_000), quantity: 1),
        OrderItem(menuItemId: .sample(78), name: "치즈볼 5개", price: Money(amount: 5000), quantity: 2),
      ],
      subtotal: Money(amount: 28_000), deliveryFee: Money(amount: 3000), total: Money(amount: 31_000),
      status: statuses.last ?? .placed,
      preparationMinutes: statuses.contains(.accepted) ? 25 : nil, reason: statuses.last == .cancelled ? "마음이 바뀌었어요" : nil,
      paymentId: .sample(100_000 + number), version: Int64(max(1, statuses.count)), placedAt: placedAt,
      updatedAt: timeline.last?.at ?? placedAt, timeline: timeline)
  }
}

extension Payment {
  static func sample(of order: Order, _ statuses: PaymentStatus..., at start: Int64 = 100) -> Payment {
    let created = order.placedAt.adding(start)
    let timeline = statuses.enumerated().map {
      StatusChange(version: Int64($0.offset + 1), status: $0.element, at: created.adding(Int64($0.offset) * 1000))
    }
    let captured = statuses.contains(.captured) ? order.total : Money(amount: 0)
    return Payment(
      id: order.paymentId, orderId: order.id, customerId: order.customerId, amount: order.total,
      status: statuses.last ?? .requested, captured: captured,
      refunded: statuses.last == .refunded ? captured : Money(amount: 0), pending: nil,
      declineReason: statuses.last == .declined ? "insufficient_funds" : nil, version: Int64(max(1, statuses.count)),
      createdAt: created, updatedAt: timeline.last?.at ?? created, timeline: timeline)
  }
}

extension Delivery {
  static func sample(of order: Order, _ statuses: DeliveryStatus..., at start: Int64 = 2100) -> Delivery {
    let created = order.placedAt.adding(start)
    let timeline = statuses.enumerated().map {
      StatusChange(version: Int64($0.offset + 1), status: $0.element, at: created.adding(Int64($0.offset) * 1000))
    }
    let hasRider = statuses.contains(.assigned)
    // Derived from the order's id.
    let id = Identifier(words: (high: order.id.words.high, low: order.id.words.low ^ 1 << 40))
    return Delivery(
      id: id, orderId: order.id, customerId: order.customerId, shopId: order.shopId, ownerId: order.ownerId,
      pickup: order.pickup, dropOff: order.deliveryAddress, status: statuses.last ?? .requested,
      riderId: hasRider ? .rider : nil, riderName: hasRider ? "김라이더" : nil,
      reason: statuses.last == .cancelled ? "nobody came" : nil, version: Int64(max(1, statuses.count)), createdAt: created,
      updatedAt: timeline.last?.at ?? created, timeline: timeline)
  }
}
