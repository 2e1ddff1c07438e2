import Contracts
import Events
import HTTPTypes
import Postgres
import TestSupport
import Testing

@Suite("Review: events", .serialized)
struct OrderEventsTests {
  @Test("Only delivered orders are fetched and get an invitation")
  func invites() async throws {
    let review = try await ReviewUnderTest.start()
    let delivered = Order.sample()
    let accepted = Order.sample(status: .accepted, version: 3)
    review.orders.put([delivered, accepted])
    try await review.publish(.orderAccepted, of: accepted)
    try await review.publish(.orderDelivered, of: delivered)
    try await eventually("the invitation") { try await review.openInvitations(of: delivered.customerId) == [delivered.id] }
    try await review.waitForAcknowledgements()
    #expect(review.orders.calls == [[delivered.id]])
    #expect(try await review.openInvitations(of: accepted.customerId) == [])

    // With an invitation, posting a review does not call the order service.
    review.orders.fail(.serviceUnavailable)
    let posted = try await review.customer(delivered.customerId).send("POST", "/reviews", ReviewUnderTest.body(delivered))
    #expect(posted.status == 201)
    #expect(try await review.openInvitations(of: delivered.customerId) == [])
    let late = try await review.customer(accepted.customerId).send("POST", "/reviews", ReviewUnderTest.body(accepted))
    #expect(late.status == 503)
    #expect(late.header("Retry-After") != nil)
    try await review.process.stop()
  }

  @Test("Invitations are created after review was down during the delivery, and after the order service was unavailable")
  func outages() async throws {
    let review = try await ReviewUnderTest.start()
    let orders = (0..<20).map { _ in Order.sample() }
    review.orders.put(orders)
    try await review.process.kill9()
    for order in orders { try await review.publish(.orderDelivered, of: order) }
    review.orders.fail(.serviceUnavailable)
    try await review.process.start()
    try await eventually("a failed fetch") { !review.orders.calls.isEmpty }
    #expect(try await review.sql("SELECT count(*) FROM invitations") == "0")
    review.orders.fail(nil)
    try await eventually(within: .seconds(10), "the invitations") {
      try await review.sql("SELECT count(*) FROM invitations") == "20"
    }
    try await review.waitForAcknowledgements()
    #expect(try await review.redis("XLEN", "events:dead:review") == "0\n")
    try await review.process.stop()
  }

  @Test("A repeated event changes nothing; an event of an unknown order is skipped")
  func repeatedEvents() async throws {
    let review = try await ReviewUnderTest.start()
    let order = Order.sample()
    review.orders.put([order])
    try await review.publish(.orderDelivered, of: order)
    try await eventually("the invitation") { try await review.openInvitations(of: order.customerId) == [order.id] }
    try await review.publish(.orderDelivered, of: order)
    try await review.publish(.orderDelivered, of: .sample())
    try await review.waitForAcknowledgements()
    #expect(try await review.sql("SELECT count(*) FROM invitations") == "1")
    try await review.process.stop()
  }

  @Test("A response older than the event is fetched again")
  func stale() async throws {
    let review = try await ReviewUnderTest.start()
    let delivered = Order.sample()
    review.orders.put([.sample(delivered.id, customer: delivered.customerId, status: .pickedUp, version: 4)])
    try await review.publish(.orderDelivered, of: delivered)
    try await eventually("a second fetch") { review.orders.calls.count >= 2 }
    #expect(try await review.openInvitations(of: delivered.customerId) == [])
    review.orders.put([delivered])
    try await eventually("the invitation") { try await review.openInvitations(of: delivered.customerId) == [delivered.id] }
    try await review.process.stop()
  }

  @Test("A review committed before a crash is stored, replayed for its idempotency key, and published")
  func crash() async throws {
    // The first commit is the invitation's.
    let review = try await ReviewUnderTest.start(["FAILPOINT": "afterCommit:2"])
    let order = Order.sample()
    review.orders.put([order])
    let (customer, key) = (review.customer(order.customerId), ["Idempotency-Key": "review-1"])
    await #expect(throws: (any Error).self) {
      try await customer.send("POST", "/reviews", ReviewUnderTest.body(order), headers: key)
    }
    try await eventually("the crash") { !review.process.isRunning }
    try await review.process.start()
    let again = try await customer.send("POST", "/reviews", ReviewUnderTest.body(order), headers: key)
    #expect(again.status == 201)
    #expect(again.header("Idempotency-Replayed") == "true")
    #expect(try await review.rating(of: order.shopId)?.count == 1)
    try await eventually("its events") { try await review.redis("XLEN", "events:review") == "2\n" }
    try await review.process.stop()
  }

  @Test("Events of reviews and ratings are published on the service's stream without payload")
  func publishes() async throws {
    let review = try await ReviewUnderTest.start()
    let order = Order.sample()
    let id = try await review.post(order).decode(Review.self).id
    _ = try await review.operators.send("DELETE", "/reviews/\(id)")
    try await eventually("four entries") { try await review.redis("XLEN", "events:review") == "4\n" }
    let lines = try await review.redis("XRANGE", "events:review", "-", "+").split(separator: "\n").map(String.init)
    let types = zip(lines, lines.dropFirst()).filter { $0.0 == "type" }.map(\.1)
    #expect(types.sorted() == ["rating.changed", "rating.changed", "review.deleted", "review.posted"])
    let subjects = zip(lines, lines.dropFirst()).filter { $0.0 == "subject" }.map(\.1)
    #expect(subjects.sorted() == [id, id, order.shopId, order.shopId].map(\.description).sorted())
    #expect(!lines.contains("rating"))
    #expect(!lines.contains("text"))
    try await review.process.stop()
  }
}

extension ReviewUnderTest {
  /// Waits until all entries of the order service's stream are acknowledged.
  fileprivate func waitForAcknowledgements() async throws {
    try await eventually("all acknowledgements") {
      let groups = try await redis("XINFO", "GROUPS", StreamNames.events(of: "order")).split(separator: "\n")
      let values = Dictionary(
        stride(from: 0, to: groups.count - 1, by: 2).map { (groups[$0], groups[$0 + 1]) }, uniquingKeysWith: { $1 })
      return values["pending"] == "0" && values["lag"] == "0"
    }
  }
}
