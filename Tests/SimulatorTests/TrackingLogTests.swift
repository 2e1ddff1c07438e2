import Contracts
import LoadClient
import Testing

@testable import Simulator

@Suite("Log of a tracking stream")
struct TrackLogTests {
  private func event(_ id: String, _ name: String, _ status: String, _ version: Int) -> ServerSentEvent {
    let data = "{\"status\":\"\(status)\",\"version\":\(version),\"at\":\"2026-01-02T03:04:05.678Z\"}"
    return ServerSentEvent(id: id, name: name, data: Array(data.utf8))
  }

  /// The anomalies of the last event.
  private func anomalies(_ events: ServerSentEvent...) -> [TrackingAnomaly] {
    var log = TrackingLog()
    return events.map { log.take($0).anomalies }.last ?? []
  }

  @Test("a delivered order's stream has no anomaly and is complete once the payment is captured")
  func wholeOrder() throws {
    var log = TrackingLog()
    let events = [
      event("1.0.0", "order", "placed", 1), event("1.1.0", "payment", "requested", 1), event("1.2.0", "payment", "authorized", 2),
      event("2.2.0", "order", "paid", 2), event("3.2.0", "order", "accepted", 3), event("3.2.1", "delivery", "requested", 1),
      event("3.2.3", "delivery", "assigned", 3), event("4.2.3", "order", "pickedUp", 4), event("5.2.3", "order", "delivered", 5),
    ]
    for event in events {
      let (change, anomalies) = log.take(event)
      #expect(change?.subject.rawValue == event.name)
      #expect(anomalies == [])
      #expect(!log.isOver)
    }
    let (change, _) = log.take(event("5.3.3", "payment", "captured", 3))
    #expect(change?.at == Timestamp(rfc3339: "2026-01-02T03:04:05.678Z"))
    #expect(log.isOver)
    #expect(log.lastEventID == "5.3.3")
  }

  @Test("a duplicate change is detected and returned once")
  func repeated() {
    var log = TrackingLog()
    _ = log.take(event("1.0.0", "order", "placed", 1))
    let (change, anomalies) = log.take(event("1.0.0", "order", "placed", 1))
    #expect(change == nil)
    #expect(anomalies == [.duplicate(.order, version: 1)])
  }

  @Test("a decreasing version is detected")
  func fall() {
    #expect(
      anomalies(event("1.3.0", "payment", "captured", 3), event("1.3.0", "payment", "authorized", 2))
        == [.decreased(.payment, from: 3, to: 2)])
  }

  @Test("a decreasing event id is detected")
  func identifierFall() {
    #expect(
      anomalies(event("1.3.0", "order", "placed", 1), event("2.2.0", "order", "paid", 2)) == [
        .decreased(.payment, from: 3, to: 2)
      ])
  }

  @Test("a skipped version of the order is detected")
  func skipped() {
    #expect(
      anomalies(event("1.0.0", "order", "placed", 1), event("3.0.0", "order", "accepted", 3))
        == [.skipped(.order, from: 1, to: 3)])
  }

  @Test("a payment's version may skip: a partial refund changes no status")
  func paymentVersions() {
    #expect(anomalies(event("1.1.0", "payment", "captured", 3), event("1.5.0", "payment", "refunded", 5)) == [])
  }

  @Test("an event that violates the contract is detected")
  func unreadable() {
    #expect(anomalies(event("1.0.0", "weather", "sunny", 1)) == [.unreadable("event weather")])
    #expect(anomalies(ServerSentEvent(id: "1.0.0", name: "order", data: Array("{}".utf8))) == [.unreadable("{}")])
    #expect(anomalies(event("7", "order", "placed", 1)) == [.unreadable("id 7")])
  }

  @Test("a stream is complete only with matching final statuses of order and payment", arguments: OrderStatus.allCases)
  func over(status: OrderStatus) {
    for payment in PaymentStatus.allCases {
      var log = TrackingLog()
      _ = log.take(event("1.0.0", "order", status.rawValue, 1))
      _ = log.take(event("1.1.0", "payment", payment.rawValue, 1))
      #expect(log.isOver == status.paymentEnds.contains(payment), "\(status) with \(payment)")
    }
  }
}
