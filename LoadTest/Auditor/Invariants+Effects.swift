import Contracts

/// 8: an event or a request that comes more than once has one effect: one delivery and one invitation for each order that was delivered,
/// and every review counted once in its shop's rating.
func effectsHappenedOnce(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  var delivered: [Identifier: Identifier] = [:]
  for delivery in try await evidence.deliveriesByID().values {
    let other = delivered.updateValue(delivery.id, forKey: delivery.orderId)
    finding.check(other == nil, "order \(delivery.orderId) has two deliveries, \(delivery.id) and \(other.map { "\($0)" } ?? "")")
  }
  let invited = Set(try await evidence.invitations())
  for order in try await evidence.orders() {
    if order.status == .delivered {
      finding.check(invited.contains(order.id), "order \(order.id) was delivered, and its customer not invited to review it")
      finding.check(delivered[order.id] != nil, "order \(order.id) was delivered without a delivery")
    } else {
      finding.check(
        !invited.contains(order.id), "order \(order.id) is \(order.status), and its customer was invited to review it")
    }
  }
  let given = try await evidence.stars()
  let counted = Dictionary(uniqueKeysWithValues: try await evidence.ask(SelectRatings(), of: .review))
  for shop in Set(given.keys).union(counted.keys) {
    let (given, counted) = (given[shop] ?? Stars(), counted[shop] ?? Stars())
    finding.check(given == counted, "the rating of shop \(shop) counts \(counted); there are \(given)")
  }
  return finding
}

/// 13: an order has one rider, who delivered it, and at most one review, if it was delivered.
func oneRiderOneReview(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  let orders = try await evidence.ordersByID()
  var busy: Set<Identifier> = []
  for delivery in try await evidence.deliveriesByID().values {
    let order = orders[delivery.orderId]
    finding.check(
      (delivery.status == .delivered) == (order?.status == .delivered),
      "delivery \(delivery.id) is \(delivery.status), its order \(delivery.orderId) \(order.map { "\($0.status)" } ?? "unknown")")
    if delivery.status == .delivered { finding.check(delivery.riderId != nil, "delivery \(delivery.id) was made by nobody") }
    guard [.assigned, .pickedUp].contains(delivery.status), let rider = delivery.riderId else { continue }
    finding.check(busy.insert(rider).inserted, "rider \(rider) has two deliveries at once, one of them \(delivery.id)")
  }
  var reviewed: Set<Identifier> = []
  for review in try await evidence.reviewsByID().values {
    finding.check(reviewed.insert(review.orderId).inserted, "order \(review.orderId) has two reviews, one of them \(review.id)")
    finding.check(
      orders[review.orderId]?.status == .delivered, "review \(review.id) is of order \(review.orderId), which was not delivered")
  }
  return finding
}
