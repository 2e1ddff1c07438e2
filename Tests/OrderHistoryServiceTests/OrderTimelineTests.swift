import Contracts
import Testing

@testable import OrderHistoryService

@Suite("The order timeline and positions in it")
struct OrderTimelineTests {
  @Test("A position is parsed from its text", arguments: ["0.0.0", "3.2.0", "12.4.9223372036854775807"])
  func position(text: String) {
    #expect(PartVersions(text)?.description == text)
  }

  @Test(
    "Malformed positions are rejected",
    arguments: ["", "1", "1.2", "1.2.3.4", "-1.0.0", "+1.0.0", "01.0.0", "a.b.c", "1..2", "1.2.3 "])
  func malformedPosition(text: String) {
    #expect(PartVersions(text) == nil)
  }

  @Test("Entries are in chronological order, and those of one part in version order")
  func order() {
    let order = Order.sample(1, .placed, .paid, .accepted)
    var payment = Payment.sample(of: order, .requested, .authorized)
    payment.timeline[1].at = order.placedAt.adding(-5)
    let timeline = OrderTimeline(OrderView(order: order, payment: payment, delivery: .sample(of: order, .requested)))
    #expect(timeline.entries.map(\.status) == ["placed", "requested", "authorized", "paid", "accepted", "requested"])
    #expect(timeline.entries.map(\.version) == [1, 1, 2, 2, 3, 1])
  }

  @Test("A late entry is sent after newer entries of other parts, and no entry is sent twice")
  func late() {
    let order = Order.sample(1, .placed, .paid)
    var view = OrderView(order: order)
    var position = PartVersions()
    func send() -> [String] {
      let entries = OrderTimeline(view).entries(after: position)
      for entry in entries { position[entry.part] = entry.version }
      return entries.map { "\($0.part) \($0.status)" }
    }
    #expect(send() == ["order placed", "order paid"])
    view.payment = .sample(of: order, .requested, .authorized)
    #expect(send() == ["payment requested", "payment authorized"])
    #expect(send() == [])
    #expect(position.description == "2.2.0")
    // As after a loss of the read model: the payment is stored again before the current order is.
    view.order = .sample(1, .placed)
    #expect(send() == [])
  }

  @Test(
    "A timeline is complete when no more changes can follow",
    arguments: [
      ([.placed, .paid, .accepted, .pickedUp, .delivered], [.authorized, .captured], [.requested, .delivered], true),
      ([.placed, .paid, .accepted, .pickedUp, .delivered], [.authorized, .captured], [.requested, .pickedUp], false),
      ([.placed, .paid, .accepted, .pickedUp, .delivered], [.authorized, .captured], nil, false),
      ([.placed, .paid, .accepted, .pickedUp], [.authorized, .captured], [.requested, .delivered], false),
      ([.placed, .paymentFailed], [.declined], nil, true),
      ([.placed, .paymentFailed], nil, nil, false),
      ([.placed, .paid, .rejected], [.authorized], nil, false),
      ([.placed, .paid, .rejected], [.authorized, .voided], nil, true),
      ([.placed, .paid, .accepted, .expired], [.authorized, .captured], [.cancelled], false),
      ([.placed, .paid, .accepted, .expired], [.authorized, .captured, .refunded], [.cancelled], true),
      // It expired while the rider service was unavailable.
      ([.placed, .paid, .accepted, .expired], [.authorized, .captured, .refunded], nil, true),
      ([.placed, .cancelled], [.requested], nil, false),
      ([.placed, .cancelled], [.voided], nil, true),
    ] as [([OrderStatus], [PaymentStatus]?, [DeliveryStatus]?, Bool)])
  func completion(order statuses: [OrderStatus], payment: [PaymentStatus]?, delivery: [DeliveryStatus]?, isComplete: Bool) {
    var order = Order.sample(1)
    order.status = statuses.last!
    order.timeline = statuses.enumerated().map { StatusChange(version: Int64($0.offset + 1), status: $0.element, at: .start) }
    var view = OrderView(order: order)
    view.payment = payment.map {
      var payment = Payment.sample(of: order)
      payment.status = $0.last!
      return payment
    }
    view.delivery = delivery.map {
      var delivery = Delivery.sample(of: order)
      delivery.status = $0.last!
      return delivery
    }
    #expect(OrderTimeline(view).isComplete == isComplete)
  }

  @Test("Customers, owners and riders see the orders that they are a party to, and no others")
  func viewers() {
    let order = Order.sample(1, .placed)
    let requested = OrderView(order: order, delivery: .sample(of: order, .requested))
    let assigned = OrderView(order: order, delivery: .sample(of: order, .requested, .assigned))
    let stranger = Identifier.sample(5)
    for view in [OrderView(order: order), requested, assigned] {
      #expect(Viewer.customer(.customer).canSee(view) && Viewer.owner(.owner).canSee(view) && Viewer.staff.canSee(view))
      #expect(
        !Viewer.customer(stranger).canSee(view) && !Viewer.owner(stranger).canSee(view) && !Viewer.rider(stranger).canSee(view))
      #expect(!Viewer.customer(.owner).canSee(view) && !Viewer.owner(.customer).canSee(view))
    }
    #expect(Viewer.rider(.rider).canSee(assigned) && !Viewer.rider(.rider).canSee(requested))
  }
}
