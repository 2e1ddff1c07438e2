import Contracts
import Testing

@testable import OrderHistoryService

@Suite("What tracking shows, and how far")
struct OrderTimelineTests {
  @Test("A position is read back", arguments: ["0.0.0", "3.2.0", "12.4.9223372036854775807"])
  func position(text: String) {
    #expect(PartVersions(text)?.description == text)
  }

  @Test(
    "Text that is no position is refused",
    arguments: ["", "1", "1.2", "1.2.3.4", "-1.0.0", "+1.0.0", "01.0.0", "a.b.c", "1..2", "1.2.3 "])
  func noPosition(text: String) {
    #expect(PartVersions(text) == nil)
  }

  @Test("Entries come in the order of time, but those of one part in the order of their versions")
  func order() {
    let order = Order.sample(1, .placed, .paid, .accepted)
    var payment = Payment.sample(of: order, .requested, .authorized)
    payment.timeline[1].at = order.placedAt.adding(-5)
    let timeline = OrderTimeline(OrderView(order: order, payment: payment, delivery: .sample(of: order, .requested)))
    #expect(timeline.entries.map(\.status) == ["placed", "requested", "authorized", "paid", "accepted", "requested"])
    #expect(timeline.entries.map(\.version) == [1, 1, 2, 2, 3, 1])
  }

  @Test("Whatever came late is told to who has seen all else, and nothing is told twice")
  func late() {
    let order = Order.sample(1, .placed, .paid)
    var view = OrderView(order: order)
    var position = PartVersions()
    func tell() -> [String] {
      let news = OrderTimeline(view).entries(after: position)
      for entry in news { position[entry.part] = entry.version }
      return news.map { "\($0.part) \($0.status)" }
    }
    #expect(tell() == ["order placed", "order paid"])
    view.payment = .sample(of: order, .requested, .authorized)
    #expect(tell() == ["payment requested", "payment authorized"])
    #expect(tell() == [])
    #expect(position.description == "2.2.0")
    // As after a loss of the read model: the payment is known again before the order is up to date.
    view.order = .sample(1, .placed)
    #expect(tell() == [])
  }

  @Test(
    "The end is when nothing more can happen",
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
      // It expired while nobody could tell the riders of it.
      ([.placed, .paid, .accepted, .expired], [.authorized, .captured, .refunded], nil, true),
      ([.placed, .cancelled], [.requested], nil, false),
      ([.placed, .cancelled], [.voided], nil, true),
    ] as [([OrderStatus], [PaymentStatus]?, [DeliveryStatus]?, Bool)])
  func end(order statuses: [OrderStatus], payment: [PaymentStatus]?, delivery: [DeliveryStatus]?, isOver: Bool) {
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
    #expect(OrderTimeline(view).isOver == isOver)
  }

  @Test("Everybody sees the orders that he has a part in, and no others")
  func viewers() {
    let order = Order.sample(1, .placed)
    let offered = OrderView(order: order, delivery: .sample(of: order, .requested))
    let taken = OrderView(order: order, delivery: .sample(of: order, .requested, .assigned))
    let stranger = Identifier.sample(5)
    for view in [OrderView(order: order), offered, taken] {
      #expect(Viewer.customer(.customer).sees(view) && Viewer.owner(.owner).sees(view) && Viewer.staff.sees(view))
      #expect(!Viewer.customer(stranger).sees(view) && !Viewer.owner(stranger).sees(view) && !Viewer.rider(stranger).sees(view))
      #expect(!Viewer.customer(.owner).sees(view) && !Viewer.owner(.customer).sees(view))
    }
    #expect(Viewer.rider(.rider).sees(taken) && !Viewer.rider(.rider).sees(offered))
  }
}
