import Contracts

/// 8: repeated events and requests have one effect: one delivery and one invitation for each delivered order, and every review counts once
/// in its shop's rating.
func effectsAreIdempotent(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  var delivered: [Identifier: Identifier] = [:]
  for delivery in try await context.deliveriesByID().values {
    let other = delivered.updateValue(delivery.id, forKey: delivery.orderId)
    finding.check(other == nil, "order \(delivery.orderId) has two deliveries, \(delivery.id) and \(other.map { "\($0)" } ?? "")")
  }
  let invited = Set(try await context.invitations())
  for order in try await context.orders() {
    if order.status == .delivered {
      finding.check(invited.contains(order.id), "order \(order.id) is delivered, but its customer was not invited to review it")
      finding.check(delivered[order.id] != nil, "order \(order.id) is delivered without a delivery")
    } else {
      finding.check(
        !invited.contains(order.id), "order \(order.id) is \(order.status), but its customer was invited to review it")
    }
  }
  let given = try await context.ratingTotals()
  let counted = Dictionary(uniqueKeysWithValues: try await context.query(SelectRatings(), of: .review))
  for shop in Set(given.keys).union(counted.keys) {
    let (given, counted) = (given[shop] ?? RatingTotals(), counted[shop] ?? RatingTotals())
    finding.check(given == counted, "the rating of shop \(shop) counts \(counted); the reviews have \(given)")
  }
  return finding
}

/// 13: a delivered order has one delivery with a rider and at most one review; other orders have no review.
func oneRiderOneReview(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  let orders = try await context.ordersByID()
  var busy: Set<Identifier> = []
  for delivery in try await context.deliveriesByID().values {
    let order = orders[delivery.orderId]
    finding.check(
      (delivery.status == .delivered) == (order?.status == .delivered),
      "delivery \(delivery.id) is \(delivery.status), its order \(delivery.orderId) \(order.map { "\($0.status)" } ?? "unknown")")
    if delivery.status == .delivered { finding.check(delivery.riderId != nil, "delivery \(delivery.id) has no rider") }
    guard [.assigned, .pickedUp].contains(delivery.status), let rider = delivery.riderId else { continue }
    finding.check(busy.insert(rider).inserted, "rider \(rider) has two open deliveries, one of them \(delivery.id)")
  }
  var reviewed: Set<Identifier> = []
  for review in try await context.reviewsByID().values {
    finding.check(reviewed.insert(review.orderId).inserted, "order \(review.orderId) has two reviews, one of them \(review.id)")
    finding.check(
      orders[review.orderId]?.status == .delivered, "review \(review.id) is of order \(review.orderId), which is not delivered")
  }
  return finding
}
