import JSON
import Contracts
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
struct CompactPartTests {
  private static let orders: [Order] = {
    var odd = Order.sample(7, .placed, .paid, .cancelled)
    odd.items = []
    odd.reason = ""
    odd.shopName = "\"달\\빛\"\u{1}\n"
    odd.preparationMinutes = 0
    odd.pickup = Address(address: "", location: Location(latitude: -33.8567844, longitude: -0.000_000_1))
    odd.total = Money(amount: .max)
    odd.subtotal = Money(amount: .min)
    odd.version = .max
    odd.updatedAt = Timestamp(milliseconds: 0)
    return OrderStatus.allCases.map { Order.sample(1, .placed, $0) } + [Order.sample(2), odd]
  }()

  @Test("An order is read back as it was, every member of it", arguments: orders)
  func order(_ order: Order) throws {
    #expect(try Order(compact: order.compact(beside: nil), id: order.id) == order)
  }

  @Test("A payment is read back, beside its order or not; what is pending is left out", arguments: PaymentStatus.allCases)
  func payment(status: PaymentStatus) throws {
    let order = Order.sample(1, .placed)
    let payment = Payment.sample(of: order, .requested, status)
    #expect(try Payment(compact: payment.compact(beside: order), of: order) == payment)
    #expect(try Payment(compact: payment.compact(beside: nil), of: order) == payment)
    var pending = payment
    pending.pending = .capture
    pending.customerId = .sample(5)
    #expect(try Payment(compact: pending.compact(beside: order), of: order).customerId == .sample(5))
    #expect(try Payment(compact: pending.compact(beside: order), of: order).pending == nil)
  }

  @Test("A delivery is read back, beside its order or not, also one that differs from it", arguments: DeliveryStatus.allCases)
  func delivery(status: DeliveryStatus) throws {
    let order = Order.sample(1, .placed)
    var delivery = Delivery.sample(of: order, .requested, .assigned, status)
    #expect(try Delivery(compact: delivery.compact(beside: order), of: order) == delivery)
    #expect(try Delivery(compact: delivery.compact(beside: nil), of: order) == delivery)
    delivery.dropOff.address = "somewhere else"
    delivery.riderId = nil
    #expect(try Delivery(compact: delivery.compact(beside: order), of: order) == delivery)
  }

  @Test("Bytes that were cut off are found out and nothing worse")
  func damaged() {
    let bytes = Order.sample(1, .placed, .paid).compact(beside: nil)
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

  @Test("The composed document is what the owners' services show", arguments: orders)
  func document(_ order: Order) throws {
    for (payment, delivery) in [
      (nil, nil),
      (Payment.sample(of: order, .requested, .declined), Delivery.sample(of: order, .requested, .assigned, .cancelled)),
    ] as [(Payment?, Delivery?)] {
      var json = JSONText()
      json.addView(OrderView(order: order, payment: payment, delivery: delivery))
      let view = try JSONDecoder().decode(View.self, from: Data(json.buffer.readableBytesView))
      #expect(view.order == order && view.payment == payment && view.delivery == delivery)
    }
  }
}
