import Contracts
import Testing

@testable import OrderService

@Suite("An order folded from its events")
struct OrderFoldTests {
  private func placement() throws -> OrderPlacement {
    let shop = Shop.sample()
    let offer = OrderableShop(
      id: shop.id, ownerId: shop.ownerId, name: shop.name, address: Address(address: shop.address, location: shop.location),
      status: shop.status, minimumOrder: shop.minimumOrder, deliveryFee: shop.deliveryFee,
      items: [Shop.fried: .init(name: "후라이드", price: Money(amount: 18_000))])
    return try OrderRules.placement(of: .sample(), from: offer, id: .sample(7), paymentId: .sample(8))
  }

  private func history(_ events: [OrderEvent]) -> [RecordedEvent] {
    events.enumerated().map {
      RecordedEvent(version: Int64($0) + 1, event: $1, at: Timestamp(milliseconds: 1_767_225_600_000 + Int64($0) * 1000))
    }
  }

  @Test("A complete history: status, version, times and timeline are those of the events")
  func complete() throws {
    let history = history([.placed(try placement()), .paid, .accepted(preparationMinutes: 20), .pickedUp, .delivered])
    let order = try #require(Order.fold(history))
    #expect(order.status == .delivered)
    #expect(order.version == 5)
    #expect(order.preparationMinutes == 20)
    #expect(order.reason == nil)
    #expect(order.placedAt == history[0].at)
    #expect(order.updatedAt == history[4].at)
    #expect(order.timeline.map(\.status) == [.placed, .paid, .accepted, .pickedUp, .delivered])
    #expect(order.timeline.map(\.version) == [1, 2, 3, 4, 5])
    #expect(order.timeline.map(\.at) == history.map(\.at))
    #expect(order.total == Money(amount: 39_000))
  }

  @Test("An invalid history gives no order: empty, without placement, with a gap, with a second placement")
  func broken() throws {
    let placed = OrderEvent.placed(try placement())
    #expect(Order.fold([]) == nil)
    #expect(Order.fold(history([.paid])) == nil)
    #expect(Order.fold(history([placed, placed])) == nil)
    #expect(Order.fold(history([placed, .paid, .delivered]).filter { $0.version != 2 }) == nil)
    #expect(Order.fold(history([placed, .paid])) != nil)
  }

  @Test("Each event and each order is the same after encoding and decoding")
  func json() throws {
    let placed = OrderEvent.placed(try placement())
    let events: [OrderEvent] = [
      placed, .paid, .paymentFailed(reason: "declined"), .accepted(preparationMinutes: 180), .pickedUp, .delivered,
      .rejected(reason: "\"재료\" \\ 소진"), .cancelled(reason: "x"), .expired(reason: "y"),
    ]
    for event in events {
      #expect(try OrderDocument.event(type: event.type.rawValue, data: OrderDocument.data(of: event)) == event)
      guard event != placed else { continue }
      let order = try #require(Order.fold(history([placed, event])))
      #expect(try OrderDocument.order(OrderDocument.json(order)) == order)
    }
  }
}
