import Contracts
import JSON
import NIOCore
import Testing
import Web

@testable import OrderHistoryService

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The compact form of documents")
struct CompactRecordTests {
  private static let orders: [Order] = {
    var edge = Order.sample(7, .placed, .paid, .cancelled)
    edge.items = []
    edge.reason = ""
    edge.shopName = "\"달\\빛\"\u{1}\n"
    edge.preparationMinutes = 0
    edge.pickup = Address(address: "", location: Location(latitude: -33.8567844, longitude: -0.000_000_1))
    edge.total = Money(amount: .max)
    edge.subtotal = Money(amount: .min)
    edge.version = .max
    edge.updatedAt = Timestamp(milliseconds: 0)
    return OrderStatus.allCases.map { Order.sample(1, .placed, $0) } + [Order.sample(2), edge]
  }()

  @Test("An order is decoded with every member unchanged", arguments: orders)
  func order(_ order: Order) throws {
    #expect(try Order(compact: order.compact(relativeTo: nil), id: order.id) == order)
  }

  @Test(
    "A payment is decoded unchanged, relative to its order or not; `pending` is not stored", arguments: PaymentStatus.allCases)
  func payment(status: PaymentStatus) throws {
    let order = Order.sample(1, .placed)
    let payment = Payment.sample(of: order, .requested, status)
    #expect(try Payment(compact: payment.compact(relativeTo: order), of: order) == payment)
    #expect(try Payment(compact: payment.compact(relativeTo: nil), of: order) == payment)
    var pending = payment
    pending.pending = .capture
    pending.customerId = .sample(5)
    #expect(try Payment(compact: pending.compact(relativeTo: order), of: order).customerId == .sample(5))
    #expect(try Payment(compact: pending.compact(relativeTo: order), of: order).pending == nil)
  }

  @Test(
    "A delivery is decoded unchanged, relative to its order or not, even if it differs from the order",
    arguments: DeliveryStatus.allCases)
  func delivery(status: DeliveryStatus) throws {
    let order = Order.sample(1, .placed)
    var delivery = Delivery.sample(of: order, .requested, .assigned, status)
    #expect(try Delivery(compact: delivery.compact(relativeTo: order), of: order) == delivery)
    #expect(try Delivery(compact: delivery.compact(relativeTo: nil), of: order) == delivery)
    delivery.dropOff.address = "somewhere else"
    delivery.riderId = nil
    #expect(try Delivery(compact: delivery.compact(relativeTo: order), of: order) == delivery)
  }

  @Test("Truncated bytes throw an error")
  func truncated() {
    let bytes = Order.sample(1, .placed, .paid).compact(relativeTo: nil)
    for length in 0..<bytes.readableBytes {
      #expect(throws: CorruptRecord.self) {
        try Order(compact: bytes.getSlice(at: bytes.readerIndex, length: length)!, id: .sample(1))
      }
    }
  }

  private struct View: Decodable {
    let order: Order
    let payment: Payment?
    let delivery: Delivery?
  }

  @Test("The order view contains the documents of the owner services", arguments: orders)
  func document(_ order: Order) throws {
    for (payment, delivery) in [
      (nil, nil),
      (Payment.sample(of: order, .requested, .declined), Delivery.sample(of: order, .requested, .assigned, .cancelled)),
    ] as [(Payment?, Delivery?)] {
      var json = JSONText()
      json.value(OrderView(order: order, payment: payment, delivery: delivery))
      let view = try JSONDecoder().decode(View.self, from: Data(json.buffer.readableBytesView))
      #expect(view.order == order && view.payment == payment && view.delivery == delivery)
    }
  }
}
